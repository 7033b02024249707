# libtorch: Debian's, or any other that CMAKE_PREFIX_PATH names, or the one of a Python package.
set(METASPATIAL_TORCH_PACKAGE "" CACHE PATH
    "The folder of an installed Python package torch; empty: find_package(Torch)")
if(NOT METASPATIAL_TORCH_PACKAGE)
  find_package(Torch REQUIRED)
  return()
endif()

# The CMake files of a package that was built for CUDA insist on the CUDA toolkit. We call ATen only, so its headers
# and libraries do: the GPU's code is in libtorch_cuda, which vlm::compute_device() loads when it is asked for.
set(torch_lib ${METASPATIAL_TORCH_PACKAGE}/lib)
if(NOT EXISTS ${torch_lib}/libtorch_cpu.so)
  message(FATAL_ERROR "METASPATIAL_TORCH_PACKAGE: no lib/libtorch_cpu.so in ${METASPATIAL_TORCH_PACKAGE}")
endif()
add_library(torch INTERFACE IMPORTED GLOBAL)
# Only these: the package also brings headers of other libraries (fmt) in versions of its own.
set(torch_include ${PROJECT_BINARY_DIR}/torch_include)
file(MAKE_DIRECTORY ${torch_include})
foreach(folder IN ITEMS ATen c10 torch)
  file(CREATE_LINK ${METASPATIAL_TORCH_PACKAGE}/include/${folder} ${torch_include}/${folder} SYMBOLIC)
endforeach()
target_include_directories(torch SYSTEM INTERFACE ${torch_include} ${torch_include}/torch/csrc/api/include)
target_link_libraries(torch INTERFACE ${torch_lib}/libtorch_cpu.so ${torch_lib}/libc10.so ${CMAKE_DL_LIBS})
target_link_options(torch INTERFACE "LINKER:--allow-shlib-undefined" "LINKER:-rpath,${torch_lib}")
