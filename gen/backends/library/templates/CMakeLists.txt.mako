<%doc>One file for three build systems. Needs: g, source, flags, selftest.</%doc>\
# ${g.name}: a network trained with Keras (${source}), written by Gatesmith. Yours to change.
# The same file serves add_subdirectory() of plain CMake, an ESP-IDF component and a Zephyr module.

set(${g.name}_FLAGS ${" ".join(flags)})

if(ESP_PLATFORM)
    idf_component_register(SRCS "src/${g.name}.c" INCLUDE_DIRS "src")
    target_compile_options(<%text>${COMPONENT_LIB}</%text> PRIVATE <%text>${</%text>${g.name}_FLAGS})
elseif(DEFINED ZEPHYR_BASE)
    zephyr_library_named(${g.name})
    zephyr_include_directories(src)
    zephyr_library_sources(src/${g.name}.c)
    zephyr_library_compile_options(<%text>${</%text>${g.name}_FLAGS})
else()
    cmake_minimum_required(VERSION 3.16)
    project(${g.name} C)
    add_library(${g.name} STATIC src/${g.name}.c)
    target_include_directories(${g.name} PUBLIC src)
    target_compile_features(${g.name} PUBLIC c_std_99)
    target_compile_options(${g.name} PRIVATE <%text>${</%text>${g.name}_FLAGS})
    if(UNIX)
        target_link_libraries(${g.name} PUBLIC m)
    endif()
% if selftest:
    if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
        enable_testing()
        add_executable(${g.name}_selftest test/${g.name}_selftest.c)
        target_link_libraries(${g.name}_selftest PRIVATE ${g.name})
        add_test(NAME ${g.name} COMMAND ${g.name}_selftest)
    endif()
% endif
endif()
