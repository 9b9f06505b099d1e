package org.lsradapt.cuda.internal.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;

/** The PTX of the kernels, as packed in the jar. */
public final class KernelSources {

    public static final List<String> MODULES = List.of(
            "kronecker", "elements", "rows", "attention", "tiles_f32", "tiles_tf32", "tiles_bf16", "losses", "blocks");

    private KernelSources() {}

    /** The text of a module, one of {@link #MODULES}. */
    public static String ptx(String module) {
        try (InputStream in = KernelSources.class.getResourceAsStream(module + ".ptx")) {
            if (in == null) {
                throw new IllegalArgumentException("no kernels " + module + "; there are " + MODULES);
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static DeviceModule load(Device device, String module) {
        return device.load(module, ptx(module));
    }
}
