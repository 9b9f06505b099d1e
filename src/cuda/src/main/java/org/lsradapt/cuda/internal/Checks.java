package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

public final class Checks {

    private Checks() {}

    /** Checks each kernel of a module, on random shapes, twice. */
    public static List<Finding> kernels(Device device, String module) {
        return kernels(device, module, KernelSources.ptx(module), "");
    }

    /** Checks a module's kernels in another PTX, for the types of numbers whose names end in {@code suffix}. */
    static List<Finding> kernels(Device device, String module, String ptx, String suffix) {
        List<Finding> findings = new ArrayList<>();
        try (Bench bench = new Bench(device)) {
            DeviceModule loaded = device.load(module, ptx);
            for (ElementType type : ElementType.values()) {
                if (("_" + type.name().toLowerCase(Locale.ROOT)).endsWith(suffix)) {
                    findings.addAll(kernels(bench, module, loaded, type));
                }
            }
        }
        return findings;
    }

    private static List<Finding> kernels(Bench bench, String module, DeviceModule loaded, ElementType type) {
        boolean single = type == ElementType.F32;
        boolean brain = type == ElementType.BF16;
        return switch (module) {
            case "kronecker" ->
                single || type == ElementType.F64 ? new KroneckerCheck(bench, loaded, type).run() : List.of();
            case "elements" -> single || brain ? new ElementCheck(bench, loaded, type).run() : List.of();
            case "rows" -> single || brain ? new RowCheck(bench, loaded, type).run() : List.of();
            case "attention" -> single || brain ? new AttentionCheck(bench, loaded, type).run() : List.of();
            case "tiles" -> brain ? new TileCheck(bench, loaded).run() : List.of();
            case "losses" -> single || brain ? new LossCheck(bench, loaded, type).run() : List.of();
            case "blocks" -> single || brain ? new BlockCheck(bench, loaded, type).run() : List.of();
            default -> throw new IllegalArgumentException("no check for module " + module);
        };
    }

    /** Checks each form of product, on random shapes, twice. */
    public static List<Finding> products(Device device) {
        try (Bench bench = new Bench(device)) {
            return new ProductCheck(bench, device.products()).run();
        }
    }
}
