package org.lsradapt.lsr.internal;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.openblas.global.openblas;

/**
 * The kernels that OpenBLAS chose for this processor, which decide how fast ND4J multiplies. An OpenBLAS older than the
 * processor falls back to kernels of an early one without a word.
 */
public final class OpenBlasKernels {
    private static final int AVX2 = 2;
    private static final int AVX_512 = 3;

    /** Kernels by the name that OpenBLAS prints, with HotSpot's number of their instructions: 0 for SSE up to 3. */
    private static final Map<String, Integer> AVX_LEVELS = Map.ofEntries(
            Map.entry("PRESCOTT", 0),
            Map.entry("CORE2", 0),
            Map.entry("NEHALEM", 0),
            Map.entry("BARCELONA", 0),
            Map.entry("SANDYBRIDGE", 1),
            Map.entry("BULLDOZER", 1),
            Map.entry("PILEDRIVER", 1),
            Map.entry("STEAMROLLER", 1),
            Map.entry("EXCAVATOR", AVX2),
            Map.entry("HASWELL", AVX2),
            Map.entry("ZEN", AVX2),
            Map.entry("SKYLAKEX", AVX_512),
            Map.entry("COOPERLAKE", AVX_512),
            Map.entry("SAPPHIRERAPIDS", AVX_512));

    private OpenBlasKernels() {}

    /** The kernels' name, such as HASWELL; empty if the loaded library does not tell, as on ARM. */
    public static Optional<String> name() {
        try {
            Loader.load(openblas.class);
            Pointer chosen = Loader.addressof("gotoblas");
            if (chosen == null) {
                return Optional.empty();
            }
            Pointer table = new PointerPointer<Pointer>(chosen).get(0);
            return AVX_LEVELS.keySet().stream()
                    .filter(name -> table.equals(Loader.addressof("gotoblas_" + name)))
                    .findFirst();
        } catch (LinkageError e) {
            return Optional.empty();
        }
    }

    /** The kernels in words, for the log. */
    public static String description() {
        return name().map("with kernels for "::concat).orElse("with kernels that it does not name");
    }

    /** What to do about kernels for less than AVX2 on a processor that has it; empty if there is nothing to do. */
    public static Optional<String> complaint() {
        return name().flatMap(name -> complaint(name, avxLevel()));
    }

    static Optional<String> complaint(String name, int avxLevel) {
        int level = AVX_LEVELS.get(name);
        if (level >= Math.min(avxLevel, AVX2)) {
            return Optional.empty();
        }
        String unused = List.of("AVX", "AVX2", "AVX-512").get(avxLevel - 1);
        return Optional.of("OpenBLAS uses its kernels for " + name + ", which leave the processor's " + unused
                + " unused and make ND4J's products two to three times slower; unset OPENBLAS_CORETYPE if it is set,"
                + " else use an org.bytedeco:openblas that knows the processor");
    }

    /** HotSpot's own reading of the processor: 0 without AVX or where another JVM does not tell. */
    private static int avxLevel() {
        try {
            HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return jvm == null ? 0 : Integer.parseInt(jvm.getVMOption("UseAVX").getValue());
        } catch (IllegalArgumentException | LinkageError e) {
            return 0;
        }
    }
}
