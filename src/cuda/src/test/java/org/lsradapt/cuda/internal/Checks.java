package org.lsradapt.cuda.internal;

import org.lsradapt.cuda.internal.kernels.KernelSources;

/** Checks of kernels and products on random shapes, each twice. What was found before a failure is kept. */
public final class Checks {

    private Checks() {}

    /** Checks each kernel of a module. */
    public static void kernels(Device device, String module, Findings found) {
        kernels(device, module, KernelSources.ptx(module), found);
    }

    /** Checks a module's kernels in another PTX. */
    static void kernels(Device device, String module, String ptx, Findings found) {
        try (Bench bench = new Bench(device, found)) {
            kernels(bench, module, device.load(module, ptx));
        }
    }

    private static void kernels(Bench bench, String module, DeviceModule loaded) {
        switch (module) {
            case "kronecker" -> new KroneckerCheck(bench, loaded).run();
            case "elements" -> new ElementCheck(bench, loaded).run();
            case "rows" -> new RowCheck(bench, loaded).run();
            case "attention" -> new AttentionCheck(bench, loaded).run();
            case "tiles_f32" -> new TileCheck(bench, loaded, Precision.FLOAT).run();
            case "tiles_tf32" -> new TileCheck(bench, loaded, Precision.TF32).run();
            case "tiles_bf16" -> new TileCheck(bench, loaded, Precision.BF16).run();
            case "losses" -> new LossCheck(bench, loaded).run();
            case "blocks" -> {
                new BlockCheck(bench, loaded, ElementType.F32).run();
                new BlockCheck(bench, loaded, ElementType.BF16).run();
            }
            default -> throw new IllegalArgumentException("no check for module " + module);
        }
    }

    /** Checks each form of product. */
    public static void products(Device device, Findings found) {
        try (Bench bench = new Bench(device, found)) {
            new ProductCheck(bench, device.products()).run();
        }
    }
}
