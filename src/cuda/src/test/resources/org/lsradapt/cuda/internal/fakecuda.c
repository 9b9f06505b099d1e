/* The driver's functions that the library calls, on the computer's own memory. Its one device knows one kernel,
 * `probe(float* to, int n, float by, long long wide)`: to[i] = by * i + wide. Every handle is checked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))
enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_CONTEXT = 201, INVALID_PTX = 218, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700 };

static int lost; /* the error of a kernel, which every later call returns */
static int context, stream, module, function, retained, open_modules;
static int failing;
static _Thread_local void* current;
static long long allocated;

API int cuInit(unsigned flags) { return flags ? INVALID_VALUE : OK; }
API int cuDriverGetVersion(int* version) { *version = 12040; return OK; }
API int cuGetErrorName(int code, const char** text) {
    *text = code == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : code == INVALID_PTX ? "CUDA_ERROR_INVALID_PTX"
          : code == NOT_FOUND ? "CUDA_ERROR_NOT_FOUND" : code == ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS" : code == INVALID_CONTEXT ? "CUDA_ERROR_INVALID_CONTEXT"
          : "CUDA_ERROR_INVALID_VALUE";
    return OK;
}
API int cuGetErrorString(int code, const char** text) {
    *text = code == OUT_OF_MEMORY ? "out of memory" : "a fake's error";
    return OK;
}
API int cuDeviceGetCount(int* count) { *count = 2; return OK; }
API int cuDeviceGet(int* device, int ordinal) { *device = 40 + ordinal; return ordinal < 2 ? OK : INVALID_VALUE; }
API int cuDeviceGetName(char* name, int length, int device) {
    strncpy(name, device == 40 ? "Fake 9000" : "Fake 700", length);
    return OK;
}
API int cuDeviceGetAttribute(int* value, int attribute, int device) {
    switch (attribute) {
        case 16: *value = 3; return OK;
        case 75: *value = device == 40 ? 9 : 7; return OK;
        case 76: *value = device == 40 ? 0 : 5; return OK;
    }
    return INVALID_VALUE;
}
API int cuDeviceTotalMem_v2(size_t* bytes, int device) { (void)device; *bytes = 5ull << 30; return OK; }
API int cuDevicePrimaryCtxRetain(void** made, int device) { (void)device; retained++; *made = &context; return OK; }
API int cuDevicePrimaryCtxRelease_v2(int device) { (void)device; retained--; return OK; }
API int cuCtxSetCurrent(void* given) { if (lost) return lost; current = given; return given == &context ? OK : INVALID_CONTEXT; }
#define ENTER if (lost) return lost; if (current != &context) return INVALID_CONTEXT
#define STREAM(given) ENTER; if (given != &stream) return INVALID_VALUE
API int cuMemGetInfo_v2(size_t* available, size_t* total) {
    ENTER;
    *total = 5ull << 30;
    *available = *total - allocated;
    return OK;
}
API int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
    ENTER;
    if (bytes > 1 << 30) return OUT_OF_MEMORY;
    char* memory = malloc(bytes + 16);
    *(size_t*)memory = bytes;
    allocated += bytes;
    *address = (uint64_t)(memory + 16);
    return OK;
}
API int cuMemFree_v2(uint64_t address) {
    ENTER;
    allocated -= *(size_t*)(address - 16);
    free((void*)(address - 16));
    return OK;
}
API int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void* on) {
    STREAM(on); memcpy((void*)to, from, bytes); return OK;
}
API int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void* on) {
    STREAM(on); memcpy(to, (void*)from, bytes); return OK;
}
API int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void* on) {
    STREAM(on); memcpy((void*)to, (void*)from, bytes); return OK;
}
API int cuMemsetD8Async(uint64_t to, unsigned char value, size_t count, void* on) {
    STREAM(on); memset((void*)to, value, count); return OK;
}
API int cuStreamCreate(void** made, unsigned flags) { ENTER; *made = &stream; return flags == 1 ? OK : INVALID_VALUE; }
API int cuStreamSynchronize(void* on) { STREAM(on); lost = failing; return lost; }
API int cuStreamDestroy_v2(void* on) { STREAM(on); return OK; }
API int cuModuleLoadDataEx(void** made, const void* image, unsigned count, int* options, void** values) {
    ENTER;
    size_t info = 0, errors = 0;
    char *infoLog = 0, *errorLog = 0;
    for (unsigned i = 0; i < count; i++) {
        if (options[i] == 3) infoLog = values[i];
        if (options[i] == 4) info = (size_t)values[i];
        if (options[i] == 5) errorLog = values[i];
        if (options[i] == 6) errors = (size_t)values[i];
    }
    if (!strstr(image, ".version")) {
        strncpy(errorLog, "ptxas fatal: no version\nptxas fatal: stopped\n", errors);
        return INVALID_PTX;
    }
    strncpy(infoLog, "ptxas info: 7 registers\n", info);
    open_modules++;
    *made = &module;
    return OK;
}
API int cuModuleUnload(void* given) { ENTER; open_modules--; return given == &module ? OK : INVALID_VALUE; }
API int cuModuleGetFunction(void** made, void* given, const char* name) {
    ENTER;
    *made = &function;
    return given == &module && !strcmp(name, "probe") ? OK : NOT_FOUND;
}
API int cuLaunchKernel(void* given, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                       unsigned shared, void* on, void** parameters, void** extra) {
    STREAM(on);
    if (given != &function || gz != 1 || by != 1 || bz != 1 || shared || extra) return INVALID_VALUE;
    float* to = *(float**)parameters[0];
    if (!to) { failing = ILLEGAL_ADDRESS; return OK; } /* seen by the next call that waits */
    int n = *(int*)parameters[1];
    float factor = *(float*)parameters[2];
    long long wide = *(long long*)parameters[3];
    for (int i = 0; i < n && i < (int)(gx * gy * bx); i++) to[i] = factor * i + wide;
    return OK;
}
API int cuEventCreate(void** made, unsigned flags) { ENTER; *made = malloc(1); return flags ? INVALID_VALUE : OK; }
API int cuEventRecord(void* event, void* on) { STREAM(on); return event ? OK : INVALID_VALUE; }
API int cuEventSynchronize(void* event) { return event ? OK : INVALID_VALUE; }
API int cuEventElapsedTime(float* milliseconds, void* from, void* to) {
    *milliseconds = 1.5f;
    return from != to ? OK : INVALID_VALUE;
}
API int cuEventDestroy_v2(void* event) { free(event); return OK; }

/* As a new process. */
API void fakeRestart(void) { lost = failing = retained = open_modules = 0; allocated = 0; }

/* What is open: retained contexts, modules, bytes. */
API void fakeOpen(long long open[3]) { open[0] = retained; open[1] = open_modules; open[2] = allocated; }
