package org.lsradapt.training;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.lsradapt.transformer.inputs.ModelInput;

/** Tells JDK Flight Recorder of an optimizer step. See {@code FlightEvents}. */
@Name("org.lsradapt.TrainingStep")
@Label("Training Step")
@Category("LSR-Adapt")
@Description("The passes forward and backward, and the update")
@StackTrace(false)
final class StepEvent extends Event {
    @Label("Step")
    int step;

    @Label("Epoch")
    int epoch;

    @Label("Examples")
    long examples;

    @Label("Tokens")
    @Description("Tokens or patches of the examples")
    long tokens;

    @Label("Loss")
    double loss;

    @Label("Gradient Norm")
    double gradientNorm;

    void taken(TrainingStep taken, double meanLoss, double norm) {
        end();
        if (shouldCommit()) {
            step = taken.number();
            epoch = taken.epoch();
            examples = taken.items().count();
            tokens = taken.items()
                    .flatMap(item -> item.sequences().stream())
                    .mapToLong(ModelInput::length)
                    .sum();
            loss = meanLoss;
            gradientNorm = norm;
            commit();
        }
    }
}
