package org.lsradapt.cuda.internal.pass;

import java.util.function.Function;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;

/** The state that the parts of a pass share. Each call of {@code adapters} counts as another use of the layer. */
record PassContext(Engine engine, Arena arena, DeviceWeights weights, Function<Linear, AdapterRun> adapters) {

    AdapterRun adapter(Linear linear) {
        return adapters.apply(linear);
    }

    NormRun norm(Norm norm) {
        return new NormRun(engine, arena, norm, weights);
    }
}
