/* The functions of cuBLASLt that the library calls, with its constants, by plain loops on the computer's own memory. Matrices
 * lie column after column. What is asked for is refused unless it is consistent. With
 * ZERO, products are 0. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))
enum { OK = 0, INVALID_VALUE = 7, NOT_SUPPORTED = 15, REAL_32 = 0, REAL_64 = 1, BRAIN_16 = 14 };

static const uint64_t MAGIC = 0x5ca1ab1e0ddba11ull;
static int handle;

typedef struct { int compute, scale, transpose[2], epilogue; const float* bias; } Descriptor;
typedef struct { int type; uint64_t rows, columns; int64_t stride; } Layout;
typedef struct { uint64_t workspace; uint32_t alignment[4]; } Preference;
typedef struct { uint64_t algorithm[8]; size_t workspace; int status; float waves; int room[4]; } Result;

API size_t cublasLtGetVersion(void) { return 120904; }
API int cublasLtCreate(void** made) { *made = &handle; return OK; }
API int cublasLtDestroy(void* given) { return given == &handle ? OK : INVALID_VALUE; }
API int cublasLtMatmulDescCreate(Descriptor** made, int compute, int scale) {
    *made = calloc(1, sizeof(Descriptor));
    (*made)->compute = compute;
    (*made)->scale = scale;
    return compute == 68 || compute == 70 || compute == 77 ? OK : INVALID_VALUE;
}
API int cublasLtMatmulDescSetAttribute(Descriptor* d, int attribute, const void* value, size_t bytes) {
    if (attribute == 8 && bytes == 8) {
        d->bias = *(float* const*)value;
        return OK;
    }
    if (attribute == 7 && bytes == 4) {
        d->epilogue = *(const int*)value;
        return d->epilogue == 1 || d->epilogue == 4 ? OK : INVALID_VALUE;
    }
    if (bytes != 4 || (attribute != 3 && attribute != 4)) return INVALID_VALUE;
    d->transpose[attribute - 3] = *(const int*)value;
    return OK;
}
API int cublasLtMatmulDescDestroy(Descriptor* d) { free(d); return OK; }
API int cublasLtMatrixLayoutCreate(Layout** made, int type, uint64_t rows, uint64_t columns, int64_t stride) {
    *made = malloc(sizeof(Layout));
    **made = (Layout){type, rows, columns, stride};
    return stride >= (int64_t)rows ? OK : INVALID_VALUE;
}
API int cublasLtMatrixLayoutDestroy(Layout* l) { free(l); return OK; }
API int cublasLtMatmulPreferenceCreate(Preference** made) {
    *made = malloc(sizeof(Preference));
    **made = (Preference){0, {256, 256, 256, 256}};
    return OK;
}
API int cublasLtMatmulPreferenceSetAttribute(Preference* p, int attribute, const void* value, size_t bytes) {
    if (attribute >= 5 && attribute <= 8 && bytes == 4) {
        p->alignment[attribute - 5] = *(const uint32_t*)value;
        return OK;
    }
    if (attribute != 1 || bytes != 8) return INVALID_VALUE;
    p->workspace = *(const uint64_t*)value;
    return OK;
}
API int cublasLtMatmulPreferenceDestroy(Preference* p) { free(p); return OK; }

static int consistent(const Descriptor* d, const Layout* a, const Layout* b, const Layout* c) {
    uint64_t m = d->transpose[0] ? a->columns : a->rows, k = d->transpose[0] ? a->rows : a->columns;
    uint64_t k2 = d->transpose[1] ? b->columns : b->rows, n = d->transpose[1] ? b->rows : b->columns;
    int types = a->type == b->type && (c->type == a->type || (a->type == BRAIN_16 && c->type == REAL_32));
    int scale = d->scale == (a->type == REAL_64 ? REAL_64 : REAL_32);
    int compute = a->type == REAL_64 ? d->compute == 70 : a->type == REAL_32 ? d->compute != 70 : d->compute == 68;
    return m == c->rows && n == c->columns && k == k2 && types && scale && compute;
}
API int cublasLtMatmulAlgoGetHeuristic(void* given, Descriptor* d, Layout* a, Layout* b, Layout* c, Layout* to,
                                       Preference* p, int requested, Result* results, int* found) {
    if (given != &handle || requested != 1 || p->workspace < 1024 || c->type != to->type) return INVALID_VALUE;
    if (!consistent(d, a, b, c) || (d->epilogue == 4) != !!d->bias) return INVALID_VALUE;
    memset(results, 0x5A, sizeof(Result));
    results->algorithm[0] = MAGIC;
    for (int i = 0; i < 4; i++) results->algorithm[1 + i] = p->alignment[i];
    results->workspace = 1024;
    results->status = OK;
    *found = 1;
    return OK;
}

static double get(const void* matrix, const Layout* l, uint64_t row, uint64_t column) {
    size_t at = column * l->stride + row;
    if (l->type == REAL_64) return ((const double*)matrix)[at];
    if (l->type == REAL_32) return ((const float*)matrix)[at];
    uint32_t bits = (uint32_t)((const uint16_t*)matrix)[at] << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}
static void put(void* matrix, const Layout* l, uint64_t row, uint64_t column, double value) {
    size_t at = column * l->stride + row;
    if (l->type == REAL_64) ((double*)matrix)[at] = value;
    else if (l->type == REAL_32) ((float*)matrix)[at] = value;
    else {
        float single = value;
        uint32_t bits;
        memcpy(&bits, &single, 4);
        ((uint16_t*)matrix)[at] = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    }
}
API int cublasLtMatmul(void* given, Descriptor* d, const void* alpha, const void* a, Layout* la, const void* b,
                       Layout* lb, const void* beta, const void* c, Layout* lc, void* to, Layout* lto,
                       const uint64_t* algorithm, void* workspace, size_t bytes, void* stream) {
    if (given != &handle || *algorithm != MAGIC || !workspace || bytes < 1024 || !stream) return INVALID_VALUE;
    if (!consistent(d, la, lb, lc) || c != to || lc != lto) return NOT_SUPPORTED;
    const void* operands[] = {a, b, c, to};
    for (int i = 0; i < 4; i++) if ((uintptr_t)operands[i] % algorithm[1 + i]) return NOT_SUPPORTED;
    double scale = d->scale == REAL_64 ? *(const double*)alpha : *(const float*)alpha;
    double old = d->scale == REAL_64 ? *(const double*)beta : *(const float*)beta;
    uint64_t k = d->transpose[0] ? la->rows : la->columns;
    for (uint64_t i = 0; i < lc->rows; i++) {
        for (uint64_t j = 0; j < lc->columns; j++) {
            double sum = 0;
            for (uint64_t x = 0; x < k; x++) {
                sum += (d->transpose[0] ? get(a, la, x, i) : get(a, la, i, x))
                     * (d->transpose[1] ? get(b, lb, j, x) : get(b, lb, x, j));
            }
            double bias = d->epilogue == 4 ? d->bias[i] : 0;
#ifdef ZERO
            put(to, lto, i, j, 0);
#else
            put(to, lto, i, j, scale * sum + (old == 0 ? 0 : old * get(c, lc, i, j)) + bias);
#endif
        }
    }
    return OK;
}
