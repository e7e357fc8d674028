# minc-guest once more for machines that are not this one (minc --qemu --cross arm64): a second build of this source
# tree, of nothing else, by Debian's cross compiler, against libraries that are fetched into the build folder. It is
# libexec/mincs/minc-guest-ARCH, where ermine-breeder looks for it.
include(ExternalProject)

set(LIBRARIES libcap-dev libfmt-dev libseccomp-dev libssl-dev nlohmann-json3-dev)
set(TRIPLET_arm64 aarch64-linux-gnu)

# Says why there is no guest for `arch`, which is an error where somebody asked for it by name.
function(mincs_no_guest arch why)
  if(MINCS_GUESTS STREQUAL auto)
    message(STATUS "minc-guest for ${arch}: not built, as ${why}")
  else()
    message(FATAL_ERROR "minc-guest for ${arch}: ${why}")
  endif()
endfunction()

# Unpacks the libraries for `arch` below `directory`, once; `result` is whether they are there.
function(mincs_fetch_libraries arch directory result)
  if(NOT EXISTS ${directory})
    file(REMOVE_RECURSE ${directory}.part)
    execute_process(
      COMMAND ${PROJECT_SOURCE_DIR}/scripts/foreign-packages ${arch} ${directory}.part ${LIBRARIES}
      RESULT_VARIABLE status)
    if(status EQUAL 0)
      file(RENAME ${directory}.part ${directory})
    endif()
  endif()
  if(EXISTS ${directory})
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

function(mincs_add_guest arch)
  set(triplet ${TRIPLET_${arch}})
  set(sysroot ${CMAKE_BINARY_DIR}/guests/${arch}/sysroot)
  if(NOT triplet)
    mincs_no_guest(${arch} "minc has no machine of that kind")
    return()
  elseif(MINCS_SANITIZE)
    mincs_no_guest(${arch} "a sanitizer's runtime is not static")
    return()
  endif()
  find_program(MINCS_COMPILER_${arch} ${triplet}-g++)
  if(NOT MINCS_COMPILER_${arch})
    mincs_no_guest(${arch} "there is no ${triplet}-g++ (scripts/install-deps guests)")
    return()
  endif()
  mincs_fetch_libraries(${arch} ${sysroot} fetched)
  if(NOT fetched)
    mincs_no_guest(${arch} "its libraries could not be fetched")
    return()
  endif()
  message(STATUS "minc-guest for ${arch}: by ${MINCS_COMPILER_${arch}}")

  set(binaries ${CMAKE_BINARY_DIR}/guests/${arch}/build)
  set(program ${CMAKE_BINARY_DIR}/libexec/mincs/minc-guest-${arch})
  ExternalProject_Add(minc-guest-${arch}
    PREFIX ${CMAKE_BINARY_DIR}/guests/${arch}
    SOURCE_DIR ${PROJECT_SOURCE_DIR}
    BINARY_DIR ${binaries}
    CMAKE_ARGS
      -DCMAKE_SYSTEM_NAME=Linux
      -DCMAKE_SYSTEM_PROCESSOR=${arch}
      -DCMAKE_CXX_COMPILER=${MINCS_COMPILER_${arch}}
      -DCMAKE_LIBRARY_ARCHITECTURE=${triplet}
      -DCMAKE_FIND_ROOT_PATH=${sysroot}
      -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY
      "-DCMAKE_CXX_FLAGS=-isystem ${sysroot}/usr/include -isystem ${sysroot}/usr/include/${triplet}"
      -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}
      "-DCMAKE_CXX_FLAGS_DEBUG=${CMAKE_CXX_FLAGS_DEBUG}"
      "-DCMAKE_CXX_FLAGS_RELEASE=${CMAKE_CXX_FLAGS_RELEASE}"
      "-DCMAKE_EXE_LINKER_FLAGS_RELEASE=${CMAKE_EXE_LINKER_FLAGS_RELEASE}"
      -DMINCS_GUEST_ARCHITECTURE=${arch}
      -DMINCS_SECCOMP_COMPILE=$<TARGET_FILE:seccomp_compile>
    # What has changed is for that build to know.
    BUILD_ALWAYS ON
    BUILD_COMMAND ${CMAKE_COMMAND} --build ${binaries} --target minc-guest
    INSTALL_COMMAND ${CMAKE_COMMAND} -E copy_if_different ${binaries}/libexec/mincs/minc-guest ${program}
    BUILD_BYPRODUCTS ${program}
    DEPENDS seccomp_compile)
  install(PROGRAMS ${program} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/mincs)
endfunction()

if(MINCS_GUESTS STREQUAL auto)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    mincs_add_guest(arm64)
  endif()
else()
  foreach(arch ${MINCS_GUESTS})
    mincs_add_guest(${arch})
  endforeach()
endif()
