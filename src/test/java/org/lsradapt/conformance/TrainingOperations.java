package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.lsradapt.conformance.LibraryPort.Exchange;
import org.lsradapt.conformance.LibraryPort.Operation;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.training.AdamW;
import org.lsradapt.training.LinearSchedule;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What {@link TrainingCases} asks for. */
final class TrainingOperations {

    private TrainingOperations() {}

    static void addTo(Map<String, Operation> operations) {
        operations.put("optimizer", TrainingOperations::optimizer);
        operations.put("schedule", TrainingOperations::schedule);
        operations.put("train", TrainingOperations::train);
        operations.put("initialize-head", TrainingOperations::initializeHead);
    }

    private static LinearSchedule schedule(JsonNode settings) {
        return LinearSchedule.of(
                settings.get("steps").intValue(), settings.get("warm_up").doubleValue());
    }

    private static void optimizer(Exchange exchange) {
        JsonNode settings = exchange.settings();
        LinearSchedule schedule = schedule(settings);
        int steps = schedule.steps();
        AdamW optimizer = AdamW.builder()
                .weightDecay(settings.get("weight_decay").doubleValue())
                .build();
        String[] names = {"adapters", "head"};
        INDArray[] values = new INDArray[names.length];
        INDArray[] gradients = new INDArray[names.length];
        INDArray[] results = new INDArray[names.length];
        for (int i = 0; i < names.length; i++) {
            values[i] = exchange.in().get(names[i]).dup('c');
            gradients[i] = Nd4j.zeros(values[i].dataType(), values[i].length());
            results[i] = Nd4j.zeros(values[i].dataType(), steps, values[i].length());
            optimizer.add(
                    new Parameter(names[i], values[i], gradients[i]),
                    settings.get("learning_rates").get(names[i]).doubleValue());
        }
        JsonNode restart = settings.get("restart");
        double[] norms = new double[steps];
        for (int step = 0; step < steps; step++) {
            for (int i = 0; i < names.length; i++) {
                gradients[i].assign(exchange.in().get(names[i] + "_gradients").getRow(step));
            }
            norms[step] = optimizer.step(
                    schedule.factor(step), settings.get("max_norm").doubleValue());
            for (int i = 0; i < names.length; i++) {
                results[i].putRow(step, values[i]);
                if (step + 1 == restart.get("after_step").intValue()
                        && names[i].equals(restart.get("parameter").textValue())) {
                    long from = restart.get("from").longValue();
                    optimizer.restart(
                            Views.piece(values[i], from, restart.get("to").longValue() - from));
                }
            }
        }
        exchange.out().put("norms", Nd4j.createFromArray(norms));
        for (int i = 0; i < names.length; i++) {
            exchange.out().put(names[i] + "_values", results[i]);
        }
    }

    private static void schedule(Exchange exchange) {
        int at = 0;
        for (JsonNode settings : exchange.settings().get("schedules")) {
            LinearSchedule schedule = schedule(settings);
            double[] factors = new double[schedule.steps()];
            for (int i = 0; i < factors.length; i++) {
                factors[i] = schedule.factor(i);
            }
            exchange.out().put("factors" + at++, Nd4j.createFromArray(factors));
        }
    }

    /** The mean of squared differences, from the layer's own initialization on. */
    private static void train(Exchange exchange) {
        JsonNode settings = exchange.settings();
        INDArray x = exchange.in().get("x");
        INDArray target = exchange.in().get("target");
        LinearSchedule schedule = schedule(settings);
        double[] losses = new double[schedule.steps()];
        FrozenLinear layer =
                FrozenLinear.of("linear", exchange.in().get("w"), exchange.in().get("bias"));
        try (LsrAdapter adapter = LsrAdapter.wrap(layer, KitFiles.config(settings.get("adapter")))) {
            AdamW optimizer = AdamW.builder()
                    .weightDecay(settings.get("weight_decay").doubleValue())
                    .build()
                    .addAll(adapter.parameters(), settings.get("learning_rate").doubleValue());
            for (int step = 0; step < losses.length; step++) {
                INDArray difference = adapter.forward(x).subi(target);
                losses[step] = difference.mul(difference).meanNumber().doubleValue();
                adapter.zeroGradients();
                adapter.backward(x, difference.muli(2.0 / difference.length()));
                optimizer.step(schedule.factor(step), settings.get("max_norm").doubleValue());
            }
            exchange.out().put("losses", Nd4j.createFromArray(losses));
            for (Parameter parameter : adapter.parameters()) {
                exchange.out().put(parameter.name(), parameter.value().dup('c'));
            }
        }
    }

    private static void initializeHead(Exchange exchange) {
        SmallModel model =
                exchange.settings().get("model_type").textValue().equals("bert") ? SmallModel.BERT : SmallModel.ROBERTA;
        try (TransformerWeights weights = model.weights(DataType.DOUBLE);
                SequenceHead head = new SequenceHead(
                        weights,
                        exchange.settings().get("outputs").intValue(),
                        Long.parseLong(exchange.settings().get("seed").textValue()))) {
            for (Parameter parameter : head.parameters()) {
                exchange.out().put(parameter.name(), parameter.value().dup('c'));
            }
        }
    }
}
