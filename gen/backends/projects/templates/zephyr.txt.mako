<%doc>A Zephyr application. Needs: g.</%doc>\
# A Zephyr application around ${g.name}: west build -b BOARD. Yours to change.

cmake_minimum_required(VERSION 3.20)
list(APPEND ZEPHYR_EXTRA_MODULES <%text>${CMAKE_CURRENT_SOURCE_DIR}</%text>/modules/${g.name})
find_package(Zephyr REQUIRED HINTS <%text>$ENV{ZEPHYR_BASE}</%text>)
project(${g.name}_app LANGUAGES C)

target_sources(app PRIVATE src/main.c)
