package org.lsradapt.lsr.storage;

import java.util.Locale;

/**
 * A storage format for the elements of a weight. Elements lie in blocks of {@link #blockLength}, each
 * {@link #blockBytes} long, little-endian, with the layout of GGUF files (ggml's types of the same names).
 *
 * <table>
 *   <caption>The formats</caption>
 *   <tr><th>format</th><th>block</th><th>bits per number</th><th>a number is</th></tr>
 *   <tr><td>F32, F16, BF16</td><td>1</td><td>32, 16, 16</td><td>itself</td></tr>
 *   <tr><td>Q8_0</td><td>32</td><td>8.5</td><td>d·q, q signed 8 bits</td></tr>
 *   <tr><td>Q4_0</td><td>32</td><td>4.5</td><td>d·(q − 8), q 4 bits</td></tr>
 *   <tr><td>Q4_1</td><td>32</td><td>5</td><td>d·q + m, q 4 bits</td></tr>
 *   <tr><td>Q4_K</td><td>256</td><td>4.5</td><td>d·sc·q − dmin·m, q 4 bits, sc and m 6 bits per 32 numbers</td></tr>
 *   <tr><td>Q6_K</td><td>256</td><td>6.5625</td><td>d·sc·(q − 32), q 6 bits, sc signed 8 bits per 16 numbers</td></tr>
 *   <tr><td>Q5_0</td><td>32</td><td>5.5</td><td>d·(q − 16), q 5 bits</td></tr>
 *   <tr><td>Q5_K</td><td>256</td><td>5.5</td><td>as Q4_K, q 5 bits</td></tr>
 *   <tr><td>IQ4_NL</td><td>32</td><td>4.5</td><td>d·t[q], q 4 bits, t a table of 16 levels</td></tr>
 * </table>
 *
 * <p>d, m and dmin are F16. Q4_K, Q6_K, Q5_0, Q5_K and IQ4_NL can be read but not written.
 */
public enum WeightFormat {
    F32(1, 4, new PlainCodec.F32()),
    F16(1, 2, new PlainCodec.F16()),
    BF16(1, 2, new PlainCodec.Bf16()),
    Q8_0(32, 34, new Q8Codec()),
    Q4_0(32, 18, new Q4Codec(false)),
    Q4_1(32, 20, new Q4Codec(true)),
    Q4_K(256, 144, new Q4KCodec()),
    Q6_K(256, 210, new Q6KCodec()),
    Q5_0(32, 22, new Q5Codec()),
    Q5_K(256, 176, new Q5KCodec()),
    IQ4_NL(32, 18, new NonLinearCodec());

    private final int blockLength;
    private final int blockBytes;
    private final BlockCodec codec;

    WeightFormat(int blockLength, int blockBytes, BlockCodec codec) {
        this.blockLength = blockLength;
        this.blockBytes = blockBytes;
        this.codec = codec;
    }

    /** The number of elements in a block. */
    public int blockLength() {
        return blockLength;
    }

    /** The length of a block in bytes. */
    public int blockBytes() {
        return blockBytes;
    }

    /** The length in bytes of stored elements, whose number is a multiple of {@link #blockLength}. */
    public long bytes(long numbers) {
        return numbers / blockLength * blockBytes;
    }

    /** Whether {@link #store} supports this format. */
    public boolean canStore() {
        return codec.canStore();
    }

    /**
     * Converts stored elements to FLOAT; exact for F32, F16 and BF16, otherwise computed in FLOAT.
     *
     * @param at where the first block begins
     * @param numbers the number of elements, a multiple of {@link #blockLength}
     * @param to overwritten from {@code toAt} on
     * @param toAt index of the first element in {@code to}
     */
    public void widen(byte[] blocks, int at, int numbers, float[] to, int toAt) {
        codec.widen(blocks, at, numbers, to, toAt);
    }

    /** The number of elements that share a scale if they are levels times a scale, else 0; see {@link #split}. */
    public int groupLength() {
        return codec instanceof GroupCodec groups ? groups.groupLength() : 0;
    }

    /** Whether groups have minima. */
    public boolean hasMinimum() {
        return codec instanceof GroupCodec groups && groups.hasMinimum();
    }

    /** Whether a block consists of a scale in F16 followed by its levels, each a signed byte. */
    public boolean hasByteLevels() {
        return groupLength() == blockLength && blockBytes == Short.BYTES + blockLength;
    }

    /**
     * Splits blocks into levels, scales and minima: element i of group g is scales[g]·levels[i] + minima[g].
     *
     * @param at where the first block begins
     * @param numbers the number of elements, a multiple of {@link #blockLength}
     * @param levels written, from the first element of {@code group} on
     * @param scales written, one for each {@link #groupLength} elements
     * @param minima written likewise if the format {@link #hasMinimum}, otherwise not accessed
     * @param group index of the first group in the results
     * @throws UnsupportedOperationException if {@link #groupLength} is 0
     */
    public void split(byte[] blocks, int at, int numbers, byte[] levels, float[] scales, float[] minima, int group) {
        if (!(codec instanceof GroupCodec groups)) {
            throw new UnsupportedOperationException("split: format " + this + " has no scales");
        }
        groups.split(blocks, at, numbers, levels, scales, minima, group);
    }

    /**
     * Rounds numbers to the nearest values that their blocks can hold, and stores them; the blocks' scales are chosen
     * as in ggml's reference quantizers.
     *
     * @param from the numbers, finite
     * @param fromAt index of the first number
     * @param numbers how many numbers, a multiple of {@link #blockLength}
     * @param blocks written
     * @param at where the first block begins
     * @throws UnsupportedOperationException unless {@link #canStore}
     * @throws IllegalArgumentException if a number is not finite or a block's scale is beyond the range of F16
     */
    public void store(float[] from, int fromAt, int numbers, byte[] blocks, int at) {
        if (!canStore()) {
            throw new UnsupportedOperationException("store: format " + this + " is read and not written");
        }
        for (int i = 0; i < numbers; i++) {
            if (!Float.isFinite(from[fromAt + i])) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "store: number %d of %d is %s, expected finite numbers",
                        i,
                        numbers,
                        from[fromAt + i]));
            }
        }
        codec.store(from, fromAt, numbers, blocks, at);
    }
}
