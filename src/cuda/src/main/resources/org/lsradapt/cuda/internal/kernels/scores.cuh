// The heads of attention, and how products of queries and keys become scores.

// Below every score.
#define NONE -1e30f

// Where heads lie: those of query row i begin at q + i * queryStride, those of a key at k + i * keyStride, and those of what
// comes out at out + i * heads * size. A key head is read by `group` query heads.
struct Heads {
    int heads;
    int group;
    int size;
    int queryStride;
    int keyStride;
};

// What makes a score of a product: scale, what the distance adds for each head (or null), and a cap (or 0).
struct Scores {
    float scale;
    float cap;
    const float* bias;
    int centre;
};
