<%doc>One file for three build systems. Needs: g, source, flags (Flags), selftest, pushed, release.</%doc>\
<% n = g.name; headers = [f"src/{n}.h", *([f"src/{n}_push.h"] if pushed else [])] %>\
# ${n}: a network trained with Keras (${source}), written by Gatesmith. Yours to change.
# The same file serves plain CMake (add_subdirectory, or install and find_package), an ESP-IDF component and a Zephyr
# module.

set(${n}_FLAGS ${" ".join(flags.common)})
% if flags.gcc:
list(APPEND ${n}_FLAGS # no other compiler knows these
    ${" ".join(f"$<$<C_COMPILER_ID:GNU>:{flag}>" for flag in flags.gcc)})
% endif

if(ESP_PLATFORM)
    idf_component_register(SRCS "src/${n}.c" INCLUDE_DIRS "src")
    target_compile_options(<%text>${COMPONENT_LIB}</%text> PRIVATE <%text>${</%text>${n}_FLAGS})
elseif(DEFINED ZEPHYR_BASE)
    zephyr_library_named(${n})
    zephyr_include_directories(src)
    zephyr_library_sources(src/${n}.c)
    zephyr_library_compile_options(<%text>${</%text>${n}_FLAGS})
else()
    cmake_minimum_required(VERSION 3.16)
    project(${n} VERSION ${release} LANGUAGES C)
    include(GNUInstallDirs)
    include(CMakePackageConfigHelpers)
    add_library(${n} STATIC src/${n}.c)
    add_library(${n}::${n} ALIAS ${n})
    set_target_properties(${n} PROPERTIES UNITY_BUILD OFF) # two models' files have helpers of one name
    target_include_directories(${n} PUBLIC
        $<BUILD_INTERFACE:<%text>${CMAKE_CURRENT_SOURCE_DIR}</%text>/src>
        $<INSTALL_INTERFACE:<%text>${CMAKE_INSTALL_INCLUDEDIR}</%text>>)
    target_compile_features(${n} PUBLIC c_std_99)
    target_compile_options(${n} PRIVATE <%text>${</%text>${n}_FLAGS})
    if(UNIX)
        target_link_libraries(${n} PUBLIC m)
    endif()
    set(${n}_CMAKE <%text>${CMAKE_INSTALL_LIBDIR}</%text>/cmake/${n})
    write_basic_package_version_file(${n}ConfigVersion.cmake COMPATIBILITY SameMajorVersion)
    install(TARGETS ${n} EXPORT ${n} ARCHIVE DESTINATION <%text>${CMAKE_INSTALL_LIBDIR}</%text>)
    install(FILES ${" ".join(headers)} DESTINATION <%text>${CMAKE_INSTALL_INCLUDEDIR}</%text>)
    install(EXPORT ${n} FILE ${n}Config.cmake NAMESPACE ${n}:: DESTINATION <%text>${</%text>${n}_CMAKE})
    install(FILES <%text>${CMAKE_CURRENT_BINARY_DIR}</%text>/${n}ConfigVersion.cmake DESTINATION <%text>${</%text>${n}_CMAKE})
% if selftest:
    if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
        enable_testing()
        add_executable(${n}_selftest test/${n}_selftest.c)
        target_link_libraries(${n}_selftest PRIVATE ${n})
        add_test(NAME ${n} COMMAND ${n}_selftest)
    endif()
% endif
endif()
