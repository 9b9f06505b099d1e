import java.util.List;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.tasks.classification.KeyParts;

/** One way to give a user something of its own, with the rates to search. */
record Method(String name, AdapterConfig kind, KeyParts parts, List<Double> rates) {
    static final AdapterConfig TERMS = SharedConfig.of(4, 5);
    static final Method HEAD = new Method("head", TERMS, KeyParts.HEAD, List.of(2e-3, 6e-3, 2e-2));
    static final List<Method> ALL = List.of(
            HEAD,
            new Method("coefficients", TERMS, KeyParts.COEFFICIENTS, List.of(1e-2, 3e-2, 1e-1)),
            new Method("coefficients+head", TERMS, KeyParts.COEFFICIENTS_AND_HEAD, List.of(1e-2, 3e-2, 1e-1)),
            adapter("lora r 1", LsrConfig.lora(1, 4), List.of(1e-3, 3e-3, 9e-3)),
            adapter("lsr s 1", LsrConfig.builder().separationRank(1).build(), List.of(2e-3, 6e-3, 2e-2)),
            adapter("vera r 256", VeraConfig.of(256), List.of(3e-3, 1e-2, 3e-2)),
            adapter("lora-xs r 8", LoraXsConfig.of(8), List.of(2e-3, 6e-3, 2e-2)));

    private static Method adapter(String name, AdapterConfig kind, List<Double> rates) {
        return new Method(name, kind, KeyParts.ADAPTER_AND_HEAD, rates);
    }

    /** Whether it is an adapter of a user, on the model that everybody's rows have trained. */
    boolean isAdapter() {
        return parts == KeyParts.ADAPTER_AND_HEAD;
    }
}
