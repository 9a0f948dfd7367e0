# Writes pinenut_version.h: the commit (with "-modified" if tracked files differ
# from it) and the compiler. Run at build time with -D SOURCE_DIR, OUTPUT and
# COMPILER. A tree without git is commit "unknown".

find_program(GIT git)
set(commit unknown)
if(GIT)
    execute_process(
        COMMAND ${GIT} -C ${SOURCE_DIR} rev-parse --short=12 HEAD
        OUTPUT_VARIABLE hash
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
        RESULT_VARIABLE failed)
    if(NOT failed)
        execute_process(
            COMMAND ${GIT} --no-optional-locks -C ${SOURCE_DIR} diff --quiet
                    HEAD
            ERROR_QUIET
            RESULT_VARIABLE modified)
        set(commit ${hash})
        if(modified)
            string(APPEND commit -modified)
        endif()
    endif()
endif()

set(text "#pragma once\n#define PINENUT_COMMIT \"${commit}\"\n")
string(APPEND text "#define PINENUT_COMPILER \"${COMPILER}\"\n")
set(old "")
if(EXISTS ${OUTPUT})
    file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
    file(WRITE ${OUTPUT} "${text}")
endif()
