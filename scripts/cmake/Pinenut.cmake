# What the build rules of all folders share.
#
#   PINENUT_TARGET_FLAGS   compile options of code that runs on Pinenut's
#                          machine: the kernel and every user program
#   PINENUT_TARGET_LINK    link options of the same
#   PINENUT_ABI_DIR        the ABI headers, the one thing both sides include
#   PINENUT_HOST_FLAGS     compile and link options of host tests
#   pinenut_program()      a user program
#   pinenut_server()       the same, ready for a small space
#   pinenut_host_test()    a unit test that runs on the build machine
#   pinenut_version        interface library: #include "pinenut_version.h"

include_guard(GLOBAL)
include(CheckLinkerFlag)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

# GNU C for inline assembly. assert() stays in release: no -DNDEBUG.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-Og -g")
set(CMAKE_ASM_NASM_FLAGS_RELEASE "-g -F dwarf")
set(CMAKE_ASM_NASM_FLAGS_DEBUG "-g -F dwarf")

foreach(warning all extra shadow strict-prototypes missing-prototypes
                conversion)
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-W${warning}>)
endforeach()
if(PINENUT_WERROR)
    add_compile_options(-Werror)
endif()

set(PINENUT_ABI_DIR ${PROJECT_SOURCE_DIR}/src/kern/abi)
set(PINENUT_LIB_DIR ${PROJECT_SOURCE_DIR}/servers/lib)

# No instruction that a Pentium lacks, nothing that needs a C runtime.
set(PINENUT_TARGET_FLAGS
    $<$<COMPILE_LANGUAGE:C>:-m32>
    $<$<COMPILE_LANGUAGE:C>:-march=pentium>
    $<$<COMPILE_LANGUAGE:C>:-mno-mmx>
    $<$<COMPILE_LANGUAGE:C>:-mno-sse>
    $<$<COMPILE_LANGUAGE:C>:-ffreestanding>
    $<$<COMPILE_LANGUAGE:C>:-fno-pic>
    $<$<COMPILE_LANGUAGE:C>:-fno-pie>
    $<$<COMPILE_LANGUAGE:C>:-fno-stack-protector>
    $<$<COMPILE_LANGUAGE:C>:-fno-asynchronous-unwind-tables>
    $<$<COMPILE_LANGUAGE:C>:-fcf-protection=none>)

set(PINENUT_TARGET_LINK
    -m32 -nostdlib -static -no-pie
    -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,noexecstack)
check_linker_flag(C -Wl,--no-warn-rwx-segments PINENUT_LD_WARNS_RWX)
if(PINENUT_LD_WARNS_RWX)
    list(APPEND PINENUT_TARGET_LINK -Wl,--no-warn-rwx-segments)
endif()

set(PINENUT_HOST_FLAGS
    -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)

# Commit and compiler of this build, looked up whenever it is built; the file
# changes only if they did.
set(PINENUT_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)
add_custom_target(
    pinenut_version_header
    COMMAND
        ${CMAKE_COMMAND} -D SOURCE_DIR=${PROJECT_SOURCE_DIR} -D
        OUTPUT=${PINENUT_GENERATED_DIR}/pinenut_version.h -D
        "COMPILER=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}" -P
        ${PROJECT_SOURCE_DIR}/scripts/cmake/version.cmake
    BYPRODUCTS ${PINENUT_GENERATED_DIR}/pinenut_version.h
    COMMENT ""
    VERBATIM)
add_library(pinenut_version INTERFACE)
target_include_directories(pinenut_version INTERFACE ${PINENUT_GENERATED_DIR})
add_dependencies(pinenut_version pinenut_version_header)

# pinenut_program(<name> SOURCES <file>... [BASE <address>] [DIR <folder>])
#
# A freestanding program for Pinenut: one segment linked at BASE (default
# 0x400000, where the root server lives), with crt0 and servers/lib. It is put
# into build/<preset>/<DIR>, by default the top-level folder it comes from.
function(pinenut_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASE;DIR" "SOURCES")
    if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR
                "pinenut_program(${name}): wants SOURCES, BASE and DIR only")
    endif()
    if(NOT arg_BASE)
        set(arg_BASE 0x400000)
    endif()
    if(NOT arg_DIR)
        file(RELATIVE_PATH here ${PROJECT_SOURCE_DIR}
             ${CMAKE_CURRENT_SOURCE_DIR})
        string(REGEX REPLACE "/.*" "" arg_DIR ${here})
    endif()
    set(script ${PINENUT_LIB_DIR}/program.ld)
    add_executable(${name} ${arg_SOURCES} $<TARGET_OBJECTS:l4_crt0>)
    set_target_properties(
        ${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                           ${CMAKE_BINARY_DIR}/${arg_DIR}
                           LINK_DEPENDS ${script})
    target_compile_options(${name} PRIVATE ${PINENUT_TARGET_FLAGS})
    target_include_directories(${name} PRIVATE ${PINENUT_ABI_DIR})
    target_link_options(
        ${name} PRIVATE ${PINENUT_TARGET_LINK} -T ${script}
        -Wl,--defsym=PROGRAM_BASE=${arg_BASE})
    target_link_libraries(${name} PRIVATE l4 -lgcc)
endfunction()

# pinenut_server(<name> SOURCES <file>... [BASE <address>])
#
# A program for a tiny space: pinenut_program with a low BASE, 0x10000.
function(pinenut_server name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASE" "SOURCES")
    if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR
                "pinenut_server(${name}): wants SOURCES and BASE only")
    endif()
    if(NOT arg_BASE)
        set(arg_BASE 0x10000)
    endif()
    pinenut_program(${name} SOURCES ${arg_SOURCES} BASE ${arg_BASE})
endfunction()

# pinenut_host_test(<name> SOURCES <file>...)
#
# A native executable under AddressSanitizer and UBSan that prints TAP, in
# build/<preset>/tests/host/<name>; scripts/test runs all of them.
function(pinenut_host_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
    if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "pinenut_host_test(${name}): wants SOURCES only")
    endif()
    set_property(GLOBAL APPEND PROPERTY PINENUT_HOST_TESTS ${name})
    add_executable(${name} ${arg_SOURCES})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                             ${CMAKE_BINARY_DIR}/tests/host)
    target_compile_options(${name} PRIVATE ${PINENUT_HOST_FLAGS})
    target_link_options(${name} PRIVATE ${PINENUT_HOST_FLAGS})
    target_include_directories(${name} PRIVATE ${PINENUT_ABI_DIR})
endfunction()

# Tell scripts/test which host tests there are; called last.
function(pinenut_list_host_tests)
    get_property(tests GLOBAL PROPERTY PINENUT_HOST_TESTS)
    list(JOIN tests "\n" text)
    file(WRITE ${CMAKE_BINARY_DIR}/tests/host/list.txt "${text}\n")
endfunction()
