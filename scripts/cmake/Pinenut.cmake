# How programs for Pinenut's machine are built, here and with an installed SDK
# (PinenutConfig.cmake): both include this file, behind project(... C).
#
#   PINENUT_TARGET_FLAGS   compile options of code that runs on Pinenut's
#                          machine: the kernel and every user program
#   PINENUT_TARGET_LINK    link options of the same
#   PINENUT_WARNINGS       which warnings we want
#   pinenut_program()      a user program
#   pinenut_server()       the same, ready for a small space
#   pinenut_want_nasm()    fail if there is no NASM
#
# The includer says in PINENUT_LIB_DIR where program.ld is, and has the targets
# l4 and l4_crt0 when a program is made.

include_guard(GLOBAL)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

# assert() stays in release: no -DNDEBUG.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-Og -g")

set(PINENUT_WARNINGS)
foreach(warning all extra shadow strict-prototypes missing-prototypes
                conversion)
    list(APPEND PINENUT_WARNINGS $<$<COMPILE_LANGUAGE:C>:-W${warning}>)
endforeach()

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

# What debuggers read of a program is in its boot module, and in memory with it.
set(PINENUT_PROGRAM_LINK ${PINENUT_TARGET_LINK})
check_linker_flag(C -Wl,--compress-debug-sections=zlib PINENUT_LD_COMPRESSES)
if(PINENUT_LD_COMPRESSES)
    list(APPEND PINENUT_PROGRAM_LINK -Wl,--compress-debug-sections=zlib)
endif()

# The 32-bit libgcc divides words of 64 bits.
set(CMAKE_REQUIRED_FLAGS -m32)
set(CMAKE_REQUIRED_LINK_OPTIONS -nostdlib -static -no-pie)
set(CMAKE_REQUIRED_LIBRARIES gcc)
check_c_source_compiles(
    "unsigned long long a; int _start(void) { return (int)(a / 3); }"
    PINENUT_MAKES_32_BITS)
unset(CMAKE_REQUIRED_FLAGS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)
unset(CMAKE_REQUIRED_LIBRARIES)
if(NOT PINENUT_MAKES_32_BITS)
    unset(PINENUT_MAKES_32_BITS CACHE)
    message(FATAL_ERROR
            "Pinenut: ${CMAKE_C_COMPILER} -m32 makes no programs, for want of "
            "the 32-bit libgcc perhaps: apt-get install gcc-multilib")
endif()

# All NASM code runs on the target.
get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if("ASM_NASM" IN_LIST languages)
    message(FATAL_ERROR
            "Pinenut: leave ASM_NASM out of project(): it is enabled for "
            "32-bit objects here")
endif()
set(CMAKE_ASM_NASM_OBJECT_FORMAT elf32)
set(CMAKE_ASM_NASM_FLAGS_RELEASE "-g -F dwarf")
set(CMAKE_ASM_NASM_FLAGS_DEBUG "-g -F dwarf")
find_program(PINENUT_NASM nasm)
if(PINENUT_NASM)
    enable_language(ASM_NASM)
endif()

function(pinenut_want_nasm whatfor)
    if(NOT PINENUT_NASM)
        message(FATAL_ERROR
                "Pinenut: ${whatfor} wants NASM: apt-get install nasm")
    endif()
endfunction()

# pinenut_program(<name> SOURCES <file>... [BASE <address>] [DIR <folder>])
#
# A freestanding program for Pinenut: one segment linked at BASE (default
# 0x400000, where the root server lives), with crt0 and servers/lib. It is put
# into DIR in the build folder, by default the top-level folder it comes from.
function(pinenut_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASE;DIR" "SOURCES")
    if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR
                "pinenut_program(${name}): wants SOURCES, BASE and DIR only")
    endif()
    if(arg_SOURCES MATCHES "\\.asm(;|$)")
        pinenut_want_nasm("pinenut_program(${name})")
    endif()
    if(NOT arg_BASE)
        set(arg_BASE 0x400000)
    endif()
    if(NOT arg_DIR)
        file(RELATIVE_PATH here ${PROJECT_SOURCE_DIR}
             ${CMAKE_CURRENT_SOURCE_DIR})
        string(REGEX REPLACE "/.*" "" arg_DIR "${here}")
    endif()
    set(script ${PINENUT_LIB_DIR}/program.ld)
    add_executable(${name} ${arg_SOURCES} $<TARGET_OBJECTS:l4_crt0>)
    set_target_properties(
        ${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                           ${CMAKE_BINARY_DIR}/${arg_DIR}
                           LINK_DEPENDS ${script}
                           # GNU C for inline assembly.
                           C_STANDARD 11
                           C_STANDARD_REQUIRED ON
                           C_EXTENSIONS ON)
    target_compile_options(${name} PRIVATE ${PINENUT_WARNINGS}
                                           ${PINENUT_TARGET_FLAGS})
    target_link_options(
        ${name} PRIVATE ${PINENUT_PROGRAM_LINK} -T ${script}
        -Wl,--defsym=PROGRAM_BASE=${arg_BASE})
    target_link_libraries(${name} PRIVATE l4 -lgcc)
    set_property(GLOBAL APPEND PROPERTY PINENUT_PROGRAMS_${arg_DIR} ${name})
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
