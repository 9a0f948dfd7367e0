# cmake --install: the SDK, all one needs to make servers elsewhere and to boot
# them. It may be moved after that. scripts/README.md says what lies where.

include(CMakePackageConfigHelpers)

set(files lib/pinenut)          # what programs are made of, and what is booted
set(package lib/cmake/Pinenut)
set(tree share/pinenut)         # the scripts, laid out as they are here

# Only what user code may see: neither the kernel's headers nor the library's own.
install(DIRECTORY ${PINENUT_LIB_DIR}/include/l4 ${PINENUT_LIB_DIR}/include/pn
        DESTINATION include)
install(FILES ${PINENUT_LIB_DIR}/program.ld DESTINATION ${files})
install(TARGETS l4 l4_crt0 EXPORT PinenutTargets
        ARCHIVE DESTINATION ${files}
        OBJECTS DESTINATION ${files})
install(EXPORT PinenutTargets DESTINATION ${package})

write_basic_package_version_file(
    ${CMAKE_BINARY_DIR}/generated/PinenutConfigVersion.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/Pinenut.cmake
              ${CMAKE_CURRENT_LIST_DIR}/PinenutConfig.cmake
              ${CMAKE_BINARY_DIR}/generated/PinenutConfigVersion.cmake
        DESTINATION ${package})

get_property(servers GLOBAL PROPERTY PINENUT_PROGRAMS_servers)
install(TARGETS kernel DESTINATION ${files})
install(TARGETS ${servers} DESTINATION ${files}/servers)
install(TARGETS check_system DESTINATION ${files}/host)
if(TARGET p5model)
    install(TARGETS p5model LIBRARY DESTINATION ${files}/bench)
endif()

install(FILES servers/system.pn DESTINATION ${tree}/servers)
file(GLOB descriptions CONFIGURE_DEPENDS servers/*/*.pn)
foreach(file ${descriptions})
    get_filename_component(folder ${file} DIRECTORY)
    get_filename_component(part ${folder} NAME)
    install(FILES ${file} DESTINATION ${tree}/servers/${part})
endforeach()
install(FILES LICENSE DESTINATION ${tree})
install(FILES scripts/lib.sh scripts/run scripts/new-server
        DESTINATION ${tree}/scripts)
install(FILES scripts/rom/rom.asm DESTINATION ${tree}/scripts/rom)
file(GLOB modules CONFIGURE_DEPENDS scripts/pinenut/*.py)
install(FILES ${modules} DESTINATION ${tree}/scripts/pinenut)
foreach(command run new-server)
    install(PROGRAMS scripts/sdk.sh DESTINATION bin
            RENAME pinenut-${command})
endforeach()
