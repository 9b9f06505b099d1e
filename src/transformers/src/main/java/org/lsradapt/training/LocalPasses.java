package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.inputs.ModelInput;

final class LocalPasses implements PassExecutor {

    @Override
    public void begins(AdaptedModel model, List<ModelInput> largest, List<ModelInput> evaluated) {
        // This executor supports every model.
    }

    @Override
    public double gradients(AdaptedModel model, TrainingStep step) {
        double total = step.weight(model);
        model.beginStep();
        double loss = 0;
        for (List<TrainingExample> batch : step.batches()) {
            List<ModelInput> inputs = TrainingRun.tokens(batch, step.epoch());
            loss += model.addGradients(inputs, TrainingRun.targets(batch), total);
        }
        model.endStep();
        return loss;
    }

    @Override
    public double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches) {
        List<double[]> rows = new ArrayList<>();
        for (int i = 0; i < batches.size(); i++) {
            if (i + 1 < batches.size()) {
                batches.get(i + 1).stream()
                        .filter(input -> !model.hasKept(input))
                        .forEach(ModelInput::prepare);
            }
            rows.addAll(List.of(model.predict(batches.get(i))));
        }
        return rows.toArray(double[][]::new);
    }

    @Override
    public PassFactory inference() {
        return PassFactory.here(Backends.standard());
    }

    @Override
    public String arithmetic() {
        Backend backend = Backends.standard();
        return backend.name() + ", " + backend.lanes() + " lanes";
    }
}
