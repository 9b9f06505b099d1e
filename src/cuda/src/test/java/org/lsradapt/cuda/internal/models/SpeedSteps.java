package org.lsradapt.cuda.internal.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.pass.Engine;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;

/** Steps of shapes like those that are timed, on devices that count. */
public final class SpeedSteps {

    private SpeedSteps() {}

    /** A shape with a configuration of a model's family. */
    public static SpeedShape shape(String configuration) throws IOException {
        byte[] json = ("{\"shapes\": [" + configuration + "]}").getBytes(StandardCharsets.UTF_8);
        return SpeedShape.of(new JsonFields("shapes", JsonFile.object("shapes", json)))
                .get(0);
    }

    /** Takes steps with dropout, and runs a call after each; the first step uploads and allocates more than others. */
    public static void take(Device device, Precision precision, SpeedShape shape, double dropout, Runnable... calls) {
        StepSpeed speed = new StepSpeed(() -> device, 1);
        try (Engine engine = new Engine(device, precision);
                TransformerWeights weights = new TransformerWeights(
                        shape.model(),
                        new SharedWeights(shape.model(), shape.stored()),
                        DataType.FLOAT,
                        BasePrecision.STORED)) {
            speed.with(engine, weights, shape, LsrConfig.defaults(), (model, step) -> {
                model.dropout(dropout, 9);
                for (int i = 0; i < calls.length; i++) {
                    step.accept(i);
                    calls[i].run();
                }
                return calls.length;
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
