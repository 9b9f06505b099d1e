package org.lsradapt.cuda.interpreter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.CudaFailure;
import org.lsradapt.cuda.internal.Device;

/** The interpreter itself, on kernels of a few instructions. */
class InterpreterTest {
    private static final int THREADS = 64;

    private final Device device = new InterpretedDriver().open(0);
    private final long numbers = device.allocate(4L * THREADS);

    @AfterEach
    void close() {
        device.close();
    }

    /** Runs a kernel that knows the address of 64 numbers of its own threads, in %rd3 that of its thread's. */
    private int[] run(int blocks, String body) {
        String ptx = """
                .version 7.0
                .target sm_80
                .address_size 64
                .visible .entry k(
                	.param .u64 k_param_0
                )
                .maxntid 64, 1, 1
                {
                	.reg .pred 	%p<9>;
                	.reg .b32 	%r<19>;
                	.reg .b64 	%rd<9>;
                	.shared .align 4 .b8 room[256];
                	ld.param.u64 	%rd1, [k_param_0];
                	cvta.to.global.u64 	%rd2, %rd1;
                	mov.u32 	%r1, %tid.x;
                	mul.wide.u32 	%rd4, %r1, 4;
                	add.s64 	%rd3, %rd2, %rd4;
                	mov.u64 	%rd5, room;
                	add.s64 	%rd6, %rd5, %rd4;
                """ + body + "\n\tret;\n}\n";
        Arguments arguments = new Arguments().addresses(numbers);
        device.launch(device.load("test", ptx).kernel("k"), blocks, 1, THREADS, arguments);
        try (Memory host = new Memory(4L * THREADS)) {
            device.download(numbers, Pointer.nativeValue(host), 4L * THREADS);
            return host.getIntArray(0, THREADS);
        }
    }

    private void assertFault(String message, int blocks, String body) {
        DeviceFault fault = assertThrows(DeviceFault.class, () -> run(blocks, body));
        assertTrue(fault.getMessage().contains(message), fault.getMessage());
    }

    @Test
    void loop_ofAnotherLengthPerThread_endsForEach() {
        int[] sums = run(1, """
                	mov.u32 	%r2, 0;
                	mov.u32 	%r3, 0;
                $L1:
                	setp.gt.u32 	%p1, %r3, %r1;
                	@%p1 bra 	$L2;
                	add.s32 	%r2, %r2, %r3;
                	add.s32 	%r3, %r3, 1;
                	bra.uni 	$L1;
                $L2:
                	st.global.u32 	[%rd3], %r2;
                """);
        for (int i = 0; i < THREADS; i++) {
            assertEquals(i * (i + 1) / 2, sums[i]);
        }
    }

    @Test
    void sharedMemory_behindABarrier_isReadByOthers() {
        int[] reversed = run(1, """
                	st.shared.u32 	[%rd6], %r1;
                	bar.sync 	0;
                	mov.u32 	%r2, 63;
                	sub.s32 	%r3, %r2, %r1;
                	mul.wide.u32 	%rd7, %r3, 4;
                	add.s64 	%rd8, %rd5, %rd7;
                	ld.shared.u32 	%r4, [%rd8];
                	st.global.u32 	[%rd3], %r4;
                """);
        for (int i = 0; i < THREADS; i++) {
            assertEquals(63 - i, reversed[i]);
        }
    }

    @Test
    void shuffle_butterfly_exchangesNeighbours() {
        int[] exchanged = run(1, """
                	shfl.sync.bfly.b32 	%r2|%p1, %r1, 1, 31, -1;
                	st.global.u32 	[%rd3], %r2;
                """);
        assertArrayEquals(new int[] {1, 0, 3, 2}, Arrays.copyOf(exchanged, 4));
        assertEquals(62, exchanged[63]);
    }

    @Test
    void sharedMemory_noBarrier_isARace() {
        assertFault("race: reads byte 252 of shared memory", 1, """
                	st.shared.u32 	[%rd6], %r1;
                	setp.ge.u32 	%p1, %r1, 32;
                	@%p1 ld.shared.u32 	%r4, [%rd5+252];
                	st.global.u32 	[%rd3], %r1;
                """);
    }

    @Test
    void globalMemory_writtenByTwoBlocks_isARace() {
        assertFault("thread 0 of block 0 wrote with no barrier", 2, "\tst.global.u32 \t[%rd3], %r1;");
    }

    @Test
    void barrier_notForAll_isAFault() {
        assertFault("32 of 64 threads wait at a barrier", 1, """
                	setp.lt.u32 	%p1, %r1, 32;
                	@%p1 bra 	$L1;
                	bar.sync 	0;
                $L1:
                """);
    }

    @Test
    void barrier_inTwoBranchesOfOneWarp_isAFault() {
        assertFault("threads of one warp wait at two barriers", 1, """
                	setp.lt.u32 	%p1, %r1, 16;
                	@%p1 bra 	$L1;
                	bar.sync 	0;
                	bra.uni 	$L2;
                $L1:
                	bar.sync 	0;
                $L2:
                """);
    }

    @Test
    void access_outOfBounds_isAFaultOfThatInstruction() {
        assertFault(
                "k, block (0, 0), from thread 32, st.global.u32 [%rd3+4], %r1: writes 4 bytes at byte 256 of an"
                        + " allocation of 256 bytes",
                1, "\tst.global.u32 \t[%rd3+4], %r1;");
    }

    @Test
    void access_neverWritten_isAFault() {
        assertFault("which was never written", 1, "\tld.global.u32 \t%r2, [%rd3];");
        assertFault("which was never written", 1, "\tld.shared.u32 \t%r2, [%rd6];");
    }

    @Test
    void constantLoad_ofWhatTheLaunchWrote_isAFault() {
        assertFault("as a constant, which thread 0 of block 0 wrote in this launch", 1, """
                	st.global.u32 	[%rd3], %r1;
                	ld.global.nc.u32 	%r2, [%rd3];
                """);
    }

    @Test
    void register_writtenOnOneWayOnly_isRefused() {
        assertFault("add.s32 %r2, %r9, 1: reads %r9, which was never written", 1, "\tadd.s32 \t%r2, %r9, 1;");
        String branch = """
                	setp.lt.u32 	%p1, %r1, 16;
                	@%p1 bra 	$L1;
                	mov.u32 	%r2, 7;
                	bra.uni 	$L2;
                $L1:
                	SOME
                $L2:
                	st.global.u32 	[%rd3], %r2;
                """;
        assertFault("reads %r2, which was never written", 1, branch.replace("SOME", "mov.u32 	%r3, 7;"));
        assertFault("reads %r2, which was never written", 1, branch.replace("SOME", "@!%p1 mov.u32 	%r2, 8;"));
        run(1, branch.replace("SOME", "@%p1 mov.u32 	%r2, 8;"));
        assertEquals(7, run(1, branch.replace("SOME", "mov.u32 	%r2, 8;"))[63]);
    }

    @Test
    void access_oddAddress_isAFault() {
        assertFault("is not a multiple of 4", 1, "\tst.global.u32 \t[%rd3+2], %r1;");
    }

    @Test
    void parse_unknownOpcode_isRefusedByName() {
        assertFault("opcode popc.b32 is not interpreted", 1, "\tpopc.b32 \t%r2, %r1;");
    }

    @Test
    void launch_otherArguments_isRefused() {
        String ptx = ".version 7.0\n.target sm_80\n.visible .entry k(\n.param .u32 k_param_0\n)\n{\n\tret;\n}\n";
        assertThrows(
                DeviceFault.class,
                () -> device.launch(
                        device.load("test", ptx).kernel("k"), 1, 1, 32, new Arguments().addresses(numbers)));
        assertThrows(CudaFailure.class, () -> device.load("test", ptx).kernel("other"));
    }
}
