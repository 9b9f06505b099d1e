package org.lsradapt.lsr.numerics;

import java.util.List;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.kronecker.KroneckerSum;

/** Trained adapters after rounding to a {@link Precision}. */
public final class AdapterRounding {

    private AdapterRounding() {}

    /**
     * Rounds the factors of all adapters of a set; λ stays as it is.
     *
     * @param set trained adapters; not modified
     * @return a new set on the same layers, materialized, which the caller closes
     */
    public static AdapterSet of(AdapterSet set, Precision precision) {
        AdapterSet rounded = set.withConfigs(LsrAdapter::config);
        for (LsrAdapter adapter : set.lsrAdapters()) {
            LsrAdapter target = rounded.lsrAdapter(adapter.name());
            List<Parameter> values = adapter.parameters();
            for (int i = 0; i < values.size(); i++) {
                target.parameters().get(i).value().assign(values.get(i).value());
            }
            round(adapter.a(), target.a(), precision);
            round(adapter.b(), target.b(), precision);
        }
        rounded.materialize();
        return rounded;
    }

    private static void round(KroneckerSum from, KroneckerSum to, Precision precision) {
        List<RoundedSum.StoredFactor> stored = RoundedSum.of(from, precision).stored();
        for (int i = 0; i < stored.size(); i++) {
            to.factors().get(i).assign(stored.get(i).values());
        }
    }
}
