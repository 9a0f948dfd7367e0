# What the build rules of all folders of this tree share, on top of Pinenut.cmake,
# which an installed SDK has, too.
#
#   PINENUT_ABI_DIR        the ABI headers of the kernel
#   PINENUT_LIB_DIR        the user library's folder
#   PINENUT_HOST_FLAGS     compile and link options of host tests
#   pinenut_host_test()    a unit test that runs on the build machine
#   pinenut_version        interface library: #include "pinenut_version.h"

set(PINENUT_ABI_DIR ${PROJECT_SOURCE_DIR}/src/kern/abi)
set(PINENUT_LIB_DIR ${PROJECT_SOURCE_DIR}/servers/lib)

include(${CMAKE_CURRENT_LIST_DIR}/Pinenut.cmake)
pinenut_want_nasm("the kernel")

# GNU C for inline assembly.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)

add_compile_options(${PINENUT_WARNINGS})
if(PINENUT_WERROR)
    add_compile_options(-Werror)
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
