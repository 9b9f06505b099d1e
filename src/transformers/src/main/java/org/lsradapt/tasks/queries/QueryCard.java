package org.lsradapt.tasks.queries;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.io.internal.JsonFile;

/**
 * The content of {@code query_adapter.json}, which lies beside the adapter's own files.
 *
 * @param embedder the embedder's name; may be empty
 * @param dimensions the length of its vectors
 * @param heldOut the number of held-out queries
 * @param before their nDCG@10 without the adapter
 * @param after their nDCG@10 with it
 * @param epoch the epoch that was kept; 0 for the identity
 * @param epochs the number of epochs
 */
record QueryCard(String embedder, int dimensions, int heldOut, double before, double after, int epoch, int epochs) {
    static final String NAME = "query_adapter.json";

    private static final int FORMAT_VERSION = 1;
    private static final JsonForm<QueryCard> FORM = new JsonForm<>();
    private static final Field<Integer> VERSION = FORM.integer("format_version", card -> FORMAT_VERSION);
    private static final Field<String> EMBEDDER = FORM.text("embedder", QueryCard::embedder);
    private static final Field<Integer> DIMENSIONS = FORM.integer("dimensions", QueryCard::dimensions);
    private static final Field<Integer> HELD_OUT = FORM.integer("held_out_queries", QueryCard::heldOut);
    private static final Field<Double> BEFORE = FORM.number("ndcg@10_before", QueryCard::before);
    private static final Field<Double> AFTER = FORM.number("ndcg@10", QueryCard::after);
    private static final Field<Integer> EPOCH = FORM.integer("epoch", QueryCard::epoch);
    private static final Field<Integer> EPOCHS = FORM.integer("epochs", QueryCard::epochs);

    static QueryCard read(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.exists(file)) {
            throw new IOException(folder + ": has no " + NAME + ", expected a folder that QueryAdapter.save wrote");
        }
        JsonFields fields = new JsonFields(file.toString(), JsonFile.readObject(file));
        if (VERSION.of(fields) != FORMAT_VERSION) {
            throw fields.failure(
                    "format_version",
                    "found " + VERSION.of(fields) + ", expected " + FORMAT_VERSION
                            + "; another version of this library wrote it");
        }
        fields.requireOnly(FORM.names());
        return new QueryCard(
                EMBEDDER.of(fields),
                DIMENSIONS.of(fields),
                HELD_OUT.of(fields),
                BEFORE.of(fields),
                AFTER.of(fields),
                EPOCH.of(fields),
                EPOCHS.of(fields));
    }

    void write(Path folder) throws IOException {
        ObjectNode root = JsonFile.newObject();
        FORM.write(this, root);
        JsonFile.write(folder.resolve(NAME), root);
    }
}
