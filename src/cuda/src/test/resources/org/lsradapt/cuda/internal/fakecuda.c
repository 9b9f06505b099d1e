/* The driver's functions that the library calls, on the computer's own memory, with a device's limits: blocks along y, threads
 * and shared memory of a block, alignment, accesses outside of allocations, and errors after which every call fails. Every
 * handle is checked. Kernels of a PTX module compute nothing, and memory is 0; a module without kernels has the kernel
 * `probe(float* to, int n, float by, long long wide)`: to[i] = by * i + wide. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))
enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_CONTEXT = 201, INVALID_PTX = 218, NOT_FOUND = 500,
       ILLEGAL_ADDRESS = 700, MISALIGNED_ADDRESS = 716 };
enum { MOST_BLOCKS_ALONG_Y = 65535, SHARED_BYTES = 48 << 10, MOST = 4096 };

static int lost; /* the error of a kernel, which every later call returns */
static int context, stream, retained, open_modules;
static int failing; /* the error of a running kernel, which the next call that waits returns */
static const char* refused = ""; /* the next such call fails with the code beside it, once */
static int refusal;
static _Thread_local void* current;
static long long allocated;

typedef struct { char name[64]; int threads, count, sizes[64]; } Kernel;
typedef struct { int count; Kernel kernels[64]; } Module;
typedef struct { uint64_t address; size_t bytes; } Allocation;
static Allocation allocations[MOST];
static const size_t ROOM = 64ull << 30;
static uint64_t first, next;

static int inside(uint64_t address, size_t bytes) {
    for (int i = 0; i < MOST; i++) {
        Allocation a = allocations[i];
        if (a.bytes && address >= a.address && address + bytes <= a.address + a.bytes) return 1;
    }
    return 0;
}
static int refuses(const char* call) {
    if (strcmp(call, refused)) return 0;
    refused = "";
    return 1;
}

API int cuInit(unsigned flags) { return flags ? INVALID_VALUE : OK; }
API int cuDriverGetVersion(int* version) { *version = 12040; return OK; }
API int cuGetErrorName(int code, const char** text) {
    switch (code) {
        case OUT_OF_MEMORY: *text = "CUDA_ERROR_OUT_OF_MEMORY"; return OK;
        case INVALID_CONTEXT: *text = "CUDA_ERROR_INVALID_CONTEXT"; return OK;
        case INVALID_PTX: *text = "CUDA_ERROR_INVALID_PTX"; return OK;
        case NOT_FOUND: *text = "CUDA_ERROR_NOT_FOUND"; return OK;
        case ILLEGAL_ADDRESS: *text = "CUDA_ERROR_ILLEGAL_ADDRESS"; return OK;
        case MISALIGNED_ADDRESS: *text = "CUDA_ERROR_MISALIGNED_ADDRESS"; return OK;
    }
    *text = "CUDA_ERROR_INVALID_VALUE";
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
        case 13: *value = 2000000; return OK;
        case 16: *value = 3; return OK;
        case 36: *value = 3000000; return OK;
        case 37: *value = 512; return OK;
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
    if (!next) {
        void* room = mmap(0, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        first = next = (uint64_t)room;
        if (room == MAP_FAILED) abort();
    }
    int i = 0;
    while (i < MOST && allocations[i].bytes) i++;
    if (i == MOST || !bytes) return INVALID_VALUE;
    *address = next;
    allocations[i] = (Allocation){next, bytes};
    allocated += bytes;
    next += (bytes + 511) / 256 * 256; /* at least a byte behind each allocation is not one */
    return next > first + ROOM ? OUT_OF_MEMORY : OK;
}
API int cuMemFree_v2(uint64_t address) {
    ENTER;
    for (int i = 0; i < MOST; i++) {
        if (allocations[i].bytes && allocations[i].address == address) {
            allocated -= allocations[i].bytes;
            allocations[i].bytes = 0;
            return OK;
        }
    }
    return INVALID_VALUE;
}
static int pinned;
API int cuMemHostAlloc(void** made, size_t bytes, unsigned flags) {
    ENTER; *made = malloc(bytes); pinned++; return flags ? INVALID_VALUE : OK;
}
API int cuMemFreeHost(void* given) { ENTER; free(given); pinned--; return OK; }
#define INSIDE(address, bytes) if (!inside(address, bytes)) return INVALID_VALUE
static int uploads;
API int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void* on) {
    uploads++; STREAM(on); INSIDE(to, bytes); memcpy((void*)to, from, bytes); return OK;
}
API int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void* on) {
    STREAM(on); INSIDE(from, bytes); memcpy(to, (void*)from, bytes); return OK;
}
API int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void* on) {
    STREAM(on); INSIDE(to, bytes); INSIDE(from, bytes); memcpy((void*)to, (void*)from, bytes); return OK;
}
API int cuMemsetD8Async(uint64_t to, unsigned char value, size_t count, void* on) {
    STREAM(on); INSIDE(to, count); memset((void*)to, value, count); return OK;
}
API int cuStreamCreate(void** made, unsigned flags) { ENTER; *made = &stream; return flags == 1 ? OK : INVALID_VALUE; }
API int cuStreamSynchronize(void* on) { STREAM(on); lost = failing; return lost; }
API int cuStreamDestroy_v2(void* on) { STREAM(on); return OK; }
/* Reads a kernel behind ".entry "; returns its bytes of shared memory. */
static int parse(const char* text, Kernel* kernel) {
    int shared = 0;
    const char* end = strstr(text, "\n}");
    const char* body = strchr(text, ')');
    memset(kernel, 0, sizeof(Kernel));
    sscanf(text, "%63[^(]", kernel->name);
    kernel->threads = 1024;
    for (const char* at = text; (at = strstr(at, ".param .")) && at < body; at++) {
        kernel->sizes[kernel->count++] = atoi(at + strlen(".param .u")) / 8;
    }
    const char* threads = strstr(body, ".maxntid ");
    if (threads && threads < end) kernel->threads = atoi(threads + strlen(".maxntid "));
    for (const char* at = body; (at = strstr(at, ".shared .align ")) && at < end; at++) {
        shared += atoi(strchr(at, '[') + 1);
    }
    return shared;
}
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
    if (refuses("cuModuleLoadDataEx")) return refusal;
    if (!strstr(image, ".version")) {
        strncpy(errorLog, "ptxas fatal: no version\nptxas fatal: stopped\n", errors);
        return INVALID_PTX;
    }
    Module* module = calloc(1, sizeof(Module));
    for (const char* at = image; (at = strstr(at, ".entry ")); at++) {
        if (parse(at + strlen(".entry "), &module->kernels[module->count++]) > SHARED_BYTES) {
            strncpy(errorLog, "ptxas error: uses too much shared data\n", errors);
            return INVALID_PTX;
        }
    }
    if (!module->count) {
        module->kernels[module->count++] = (Kernel){"probe", 1024, 4, {8, 4, 4, 8}};
        strncpy(infoLog, "ptxas info: 7 registers\n", info);
    }
    open_modules++;
    *made = module;
    return OK;
}
API int cuModuleUnload(void* given) { ENTER; open_modules--; free(given); return OK; }
API int cuModuleGetFunction(void** made, void* given, const char* name) {
    ENTER;
    Module* module = given;
    for (int i = 0; i < module->count; i++) {
        *made = &module->kernels[i];
        if (!strcmp(name, module->kernels[i].name)) return OK;
    }
    return NOT_FOUND;
}
/* An address has to lie in an allocation, at a multiple of its numbers' size. All addresses lie in one range. */
static void touch(const Kernel* kernel, uint64_t address) {
    if (address < first || address >= next) return;
    if (address % (strncmp(kernel->name, "widen_", 6) ? 4 : 2)) failing = MISALIGNED_ADDRESS;
    else if (!inside(address, 1)) failing = ILLEGAL_ADDRESS;
}
API int cuLaunchKernel(void* given, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                       unsigned shared, void* on, void** parameters, void** extra) {
    STREAM(on);
    const Kernel* kernel = given;
    if (refuses("cuLaunchKernel")) return refusal;
    if (!gx || gx > 0x7FFFFFFF || !gy || gy > MOST_BLOCKS_ALONG_Y || gz != 1) return INVALID_VALUE;
    if (!bx || bx > (unsigned)kernel->threads || by != 1 || bz != 1 || shared || extra) return INVALID_VALUE;
    for (int i = 0; i < kernel->count; i++) {
        if (kernel->sizes[i] == 8) touch(kernel, *(uint64_t*)parameters[i]);
    }
#ifdef LAUNCHES
    static int launches;
    if (++launches == LAUNCHES) {
        fprintf(stderr, "the driver ends at launch %d\n", launches);
        _exit(77);
    }
#endif
    if (strcmp(kernel->name, "probe")) return OK;
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
API void fakeRestart(void) {
    lost = failing = retained = open_modules = pinned = 0;
    allocated = 0;
    memset(allocations, 0, sizeof(allocations));
}

/* Lets the next call of a name fail, once. */
API void fakeRefusal(const char* call, int code) { refused = strdup(call); refusal = code; }

API int fakeUploads(void) { return uploads; }

/* What is open: retained contexts, modules, bytes. */
API void fakeOpen(long long open[3]) { open[0] = retained + pinned; open[1] = open_modules; open[2] = allocated; }
