package org.lsradapt.serving;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.lsradapt.transformer.TokenBatch;

/** Tells JDK Flight Recorder of a batch that went through the layers. See {@code FlightEvents}. */
@Name("org.lsradapt.Batch")
@Label("Batch")
@Category("LSR-Adapt")
@Description("A batch of a model with many adapters, without the wait before it")
@StackTrace(false)
final class BatchEvent extends Event {
    @Label("Sequences")
    int sequences;

    @Label("Tokens")
    int tokens;

    @Label("Adapters")
    @Description("Different adapters in the batch; the base model counts as one")
    int adapters;

    void computed(TokenBatch batch, int distinct) {
        end();
        if (shouldCommit()) {
            sequences = batch.size();
            tokens = batch.tokens();
            adapters = distinct;
            commit();
        }
    }
}
