package org.lsradapt.cuda.interpreter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;

/** Instructions of a whole warp, beside plain products of matrices whose numbers lie where the PTX ISA says. */
class MatricesTest {
    private static final int LANES = 32;

    private static final String MULTIPLY = """
            	ld.global.v4.u32 	{%r1, %r2, %r3, %r4}, [%rd3];
            	ld.global.v2.u32 	{%r5, %r6}, [%rd3+16];
            	ld.global.v4.u32 	{%r7, %r8, %r9, %r10}, [%rd3+32];
            	mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%r7, %r8, %r9, %r10}, {%r1, %r2, %r3, %r4}, \
            {%r5, %r6}, {%r7, %r8, %r9, %r10};
            """;

    /** Each lane's row goes to one of 32 places in shared memory, and is loaded from there. */
    private static final String LOAD = """
            	ld.global.v4.u32 	{%r1, %r2, %r3, %r4}, [%rd3];
            	mul.lo.s32 	%r5, %r11, 5;
            	and.b32 	%r5, %r5, 31;
            	mul.lo.s32 	%r5, %r5, 16;
            	mov.u32 	%r6, room;
            	add.s32 	%r5, %r5, %r6;
            	st.shared.v4.u32 	[%r5], {%r1, %r2, %r3, %r4};
            	bar.sync 	0;
            	ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r7, %r8, %r9, %r10}, [%r5];
            """;

    private final Device device = new InterpretedDriver().open(0);
    private final Random random = new Random(3);

    @AfterEach
    void close() {
        device.close();
    }

    /** Runs a kernel of one warp with 12 words of each lane, and gives what it has in %r7 to %r10 then. */
    private int[][] run(String body, int[][] words) {
        String ptx = """
                .version 7.0
                .target sm_80
                .visible .entry k(
                	.param .u64 k_param_0,
                	.param .u64 k_param_1
                )
                {
                	.shared .align 16 .b8 room[512];
                	ld.param.u64 	%rd1, [k_param_0];
                	ld.param.u64 	%rd2, [k_param_1];
                	mov.u32 	%r11, %tid.x;
                	mul.wide.u32 	%rd4, %r11, 48;
                	add.s64 	%rd3, %rd1, %rd4;
                	mul.wide.u32 	%rd5, %r11, 16;
                	add.s64 	%rd2, %rd2, %rd5;
                """ + body + "\tst.global.v4.u32 \t[%rd2], {%r7, %r8, %r9, %r10};\n\tret;\n}\n";
        long in = device.allocate(48 * LANES);
        long out = device.allocate(16 * LANES);
        int[][] results = new int[LANES][];
        try (Memory host = new Memory(48 * LANES)) {
            for (int lane = 0; lane < LANES; lane++) {
                host.write(48L * lane, words[lane], 0, words[lane].length);
            }
            device.upload(Pointer.nativeValue(host), in, 48 * LANES);
            Arguments arguments = new Arguments().addresses(in, out);
            device.launch(device.load("test", ptx).kernel("k"), 1, 1, LANES, arguments);
            device.download(out, Pointer.nativeValue(host), 16 * LANES);
            for (int lane = 0; lane < LANES; lane++) {
                results[lane] = host.getIntArray(16L * lane, 4);
            }
        }
        return results;
    }

    /** A number of 8 bits, which BF16 has exactly, as have its products. */
    private float[][] matrix(int rows, int columns) {
        float[][] matrix = new float[rows][columns];
        for (float[] row : matrix) {
            for (int i = 0; i < columns; i++) {
                row[i] = (random.nextInt(255) - 127) / 32f;
            }
        }
        return matrix;
    }

    private static int pair(float lower, float upper) {
        return (Float.floatToRawIntBits(lower) >>> 16) | (Float.floatToRawIntBits(upper) & 0xFFFF0000);
    }

    /** Section "Matrix Fragments for mma.m16n8k16 with floating point type": i counts the numbers of a lane, two in a register. */
    @Test
    void multiply_fragmentsOfTheIsa_isThePlainProduct() {
        float[][] a = matrix(16, 16);
        float[][] b = matrix(16, 8);
        float[][] c = matrix(16, 8);
        int[][] words = new int[LANES][12];
        for (int lane = 0; lane < LANES; lane++) {
            int groupId = lane >> 2;
            int threadIdInGroup = lane % 4;
            for (int i = 0; i < 8; i += 2) {
                int row = i < 2 || (4 <= i && i < 6) ? groupId : groupId + 8;
                int column = threadIdInGroup * 2 + (i < 4 ? 0 : 8);
                words[lane][i / 2] = pair(a[row][column], a[row][column + 1]);
            }
            for (int i = 0; i < 4; i += 2) {
                int row = threadIdInGroup * 2 + (i < 2 ? 0 : 8);
                words[lane][4 + i / 2] = pair(b[row][groupId], b[row + 1][groupId]);
            }
            for (int i = 0; i < 4; i++) {
                words[lane][8 + i] =
                        Float.floatToRawIntBits(c[i < 2 ? groupId : groupId + 8][threadIdInGroup * 2 + (i & 1)]);
            }
        }
        int[][] d = run(MULTIPLY, words);
        for (int row = 0; row < 16; row++) {
            for (int column = 0; column < 8; column++) {
                float sum = c[row][column];
                for (int k = 0; k < 16; k++) {
                    sum += a[row][k] * b[k][column];
                }
                float found = Float.intBitsToFloat(d[row % 8 * 4 + column / 2][row / 8 * 2 + column % 2]);
                assertEquals(sum, found, "row " + row + ", column " + column);
            }
        }
    }

    /** Section "Matrix Fragments for mma.m16n8k8", type .tf32. */
    @Test
    void multiply_tf32FragmentsOfTheIsa_isThePlainProduct() {
        float[][] a = matrix(16, 8);
        float[][] b = matrix(8, 8);
        int[][] words = new int[LANES][12];
        for (int lane = 0; lane < LANES; lane++) {
            int groupId = lane >> 2;
            int threadIdInGroup = lane % 4;
            for (int i = 0; i < 4; i++) {
                int row = i == 0 || i == 2 ? groupId : groupId + 8;
                int column = i < 2 ? threadIdInGroup : threadIdInGroup + 4;
                // A device does not read the last 13 bits.
                words[lane][i] = Float.floatToRawIntBits(a[row][column]) | 0x1FFF;
            }
            for (int i = 0; i < 2; i++) {
                words[lane][4 + i] = Float.floatToRawIntBits(b[threadIdInGroup + 4 * i][groupId]);
            }
        }
        int[][] d = run(MULTIPLY.replace("m16n8k16.row.col.f32.bf16.bf16", "m16n8k8.row.col.f32.tf32.tf32"), words);
        for (int row = 0; row < 16; row++) {
            for (int column = 0; column < 8; column++) {
                float sum = 0;
                for (int k = 0; k < 8; k++) {
                    sum += a[row][k] * b[k][column];
                }
                float found = Float.intBitsToFloat(d[row % 8 * 4 + column / 2][row / 8 * 2 + column % 2]);
                assertEquals(sum, found, "row " + row + ", column " + column);
            }
        }
    }

    @Test
    void ballot_predicatesOfAnyBits_isABitForEachLane() {
        int[][] found = run("""
                	setp.gt.u32 	%p1, %r11, 29;
                	@%p1 mov.pred 	%p1, -1;
                	mov.u32 	%r1, -1;
                	vote.sync.ballot.b32 	%r7, %p1, %r1;
                	clz.b32 	%r8, %r7;
                	mov.u32 	%r9, 1;
                	clz.b32 	%r10, %r9;
                """, new int[LANES][12]);
        assertArrayEquals(new int[] {0xC0000000, 0, 1, 31}, found[7]);
    }

    /** Each product is below the last bit of 1; together, they are not. */
    @Test
    void truncated_smallProducts_areLostBesideALargeSum() {
        float[] products = new float[16];
        Arrays.fill(products, 0x1p-25f);
        assertEquals(1, Matrices.truncated(1, products));
        assertEquals(16 * 0x1p-25f, Matrices.truncated(0, products));
        products[3] = 0x1.8p-23f;
        assertEquals(1 + 0x1p-23f, Matrices.truncated(1, products));
        assertEquals(-1 + 0x1p-23f, Matrices.truncated(-1, products));
        assertTrue(Float.isNaN(Matrices.truncated(Float.NaN, products)));
    }

    /** Section "ldmatrix": threads 0 to 7 have the addresses of the first matrix, and so on; thread 4·r + c gets of row r. */
    @Test
    void load_fourMatrices_areThoseOfTheIsa() {
        int[][] rows = new int[LANES][4];
        for (int[] row : rows) {
            for (int i = 0; i < 4; i++) {
                row[i] = random.nextInt();
            }
        }
        int[][] plain = run(LOAD, rows);
        int[][] transposed = run(LOAD.replace(".x4", ".x4.trans"), rows);
        for (int matrix = 0; matrix < 4; matrix++) {
            for (int r = 0; r < 8; r++) {
                for (int c = 0; c < 8; c++) {
                    int number = number(rows[8 * matrix + r][c / 2], c % 2);
                    assertEquals(number, number(plain[4 * r + c / 2][matrix], c % 2));
                    assertEquals(number, number(transposed[4 * c + r / 2][matrix], r % 2));
                }
            }
        }
    }

    private static int number(int word, int half) {
        return (word >>> (16 * half)) & 0xFFFF;
    }

    @Test
    void load_withoutABarrier_isARace() {
        String body = LOAD.replace("\tbar.sync \t0;\n", "").replace("%r10}, [%r5]", "%r10}, [%r6]");
        DeviceFault fault = assertThrows(DeviceFault.class, () -> run(body, new int[LANES][4]));
        assertTrue(fault.getMessage().contains("race: reads byte 0 of shared memory"), fault.getMessage());
    }

    @Test
    void multiply_partOfAWarp_isAFault() {
        String body = "\tsetp.gt.u32 \t%p1, %r11, 0;\n" + MULTIPLY.replace("\tmma", "\t@%p1 mma");
        DeviceFault fault = assertThrows(DeviceFault.class, () -> run(body, new int[LANES][12]));
        assertTrue(fault.getMessage().contains("only lanes fffffffe come to"), fault.getMessage());
    }

    @Test
    void convert_toTf32_roundsToTheNearestAndTiesAwayFromZero() {
        int[][] words = new int[LANES][12];
        words[0] = new int[] {0x3F801000, 0xBF800FFF, 0x7F7FFFFF, 0x7FC00001};
        int[][] numbers = run("""
                	ld.global.v4.u32 	{%r1, %r2, %r3, %r4}, [%rd3];
                	cvt.rna.tf32.f32 	%r7, %r1;
                	cvt.rna.tf32.f32 	%r8, %r2;
                	cvt.rna.tf32.f32 	%r9, %r3;
                	cvt.rna.tf32.f32 	%r10, %r4;
                """, words);
        assertArrayEquals(new int[] {0x3F802000, 0xBF800000, 0x7F800000, 0x7FC00001}, numbers[0]);
    }

    @Test
    void convert_toPairs_roundsToTheNearestAndTiesToEven() {
        int[][] words = new int[LANES][12];
        words[0] = new int[] {0x3F808000, 0x3F818000, 0x3F808001, 0xFFC00001};
        int[][] pairs = run("""
                	ld.global.v4.u32 	{%r1, %r2, %r3, %r4}, [%rd3];
                	cvt.rn.bf16x2.f32 	%r7, %r1, %r2;
                	cvt.rn.bf16x2.f32 	%r8, %r3, %r4;
                	mov.u32 	%r9, 0;
                	mov.u32 	%r10, 0;
                """, words);
        assertArrayEquals(new int[] {0x3F803F82, 0x3F817FFF, 0, 0}, pairs[0]);
    }
}
