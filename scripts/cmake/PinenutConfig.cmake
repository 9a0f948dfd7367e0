# find_package(Pinenut): the installed SDK, wherever it lies.
#
#   pinenut_server(), pinenut_program()    Pinenut.cmake, as in the tree
#   PINENUT_ROOT                           the folder that it was installed to
#
# bin/pinenut-run boots what is built with it.

if(NOT CMAKE_C_COMPILER)
    set(Pinenut_FOUND FALSE)
    set(Pinenut_NOT_FOUND_MESSAGE "it wants C: project(... LANGUAGES C)")
    return()
endif()
get_filename_component(PINENUT_ROOT ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
set(PINENUT_LIB_DIR ${PINENUT_ROOT}/lib/pinenut)
include(${CMAKE_CURRENT_LIST_DIR}/Pinenut.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/PinenutTargets.cmake)
