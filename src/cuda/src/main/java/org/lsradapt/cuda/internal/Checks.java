package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is to be checked on a device. */
public final class Checks {

    private Checks() {}

    /** Each kernel of a module, on random shapes, twice. */
    public static List<Finding> kernels(Device device, String module) {
        return kernels(device, module, KernelSources.ptx(module), "");
    }

    /** As above, of another text, and only of the kernels whose names end so. */
    static List<Finding> kernels(Device device, String module, String ptx, String suffix) {
        List<Finding> findings = new ArrayList<>();
        try (Bench bench = new Bench(device)) {
            DeviceModule loaded = device.load(module, ptx);
            if (!module.equals("kronecker")) {
                throw new IllegalArgumentException("no check for module " + module);
            }
            for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
                if (("_" + type.name().toLowerCase(Locale.ROOT)).endsWith(suffix)) {
                    findings.addAll(new KroneckerCheck(bench, loaded, type).run());
                }
            }
        }
        return findings;
    }

    /** Each form of product, on random shapes, twice. */
    public static List<Finding> products(Device device) {
        try (Bench bench = new Bench(device)) {
            return new ProductCheck(bench, device.products()).run();
        }
    }
}
