package org.lsradapt.cuda.internal.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.families.Families;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.transformer.parts.Transformer;

/**
 * A model and a batch whose training steps are to be timed.
 *
 * @param sequences the number of sequences per step
 * @param checkpointed whether the backward pass recomputes the layers
 */
public record SpeedShape(
        String name, Transformer model, WeightFormat stored, int sequences, int length, boolean checkpointed) {
    private static final String LIST = "speed-shapes.json";

    public static List<SpeedShape> all() {
        try (InputStream in = SpeedShape.class.getResourceAsStream(LIST)) {
            return of(new JsonFields(LIST, JsonFile.object(LIST, in.readAllBytes())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads an array {@code shapes} of configurations with the other parts of this record as additional fields. */
    public static List<SpeedShape> of(JsonFields list) throws IOException {
        List<SpeedShape> shapes = new ArrayList<>();
        for (JsonFields fields : list.objects("shapes")) {
            shapes.add(new SpeedShape(
                    fields.text("name"),
                    Families.of(fields).describe(fields),
                    WeightFormat.valueOf(fields.text("stored")),
                    fields.integer("sequences"),
                    fields.integer("length"),
                    fields.flag("checkpointing", false)));
        }
        return shapes;
    }

    @Override
    public String toString() {
        return name + " " + sequences + " x " + length + ", weights in " + stored
                + (checkpointed ? ", checkpointing" : "");
    }
}
