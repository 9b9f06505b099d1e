package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lsradapt.conformance.LibraryPort.Exchange;
import org.lsradapt.conformance.LibraryPort.Operation;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.training.KitTraining;
import org.lsradapt.training.examples.LongExampleException;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.Schedule;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
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
        operations.put("batches", TrainingOperations::batches);
        operations.put("epochs", TrainingOperations::epochs);
        operations.put("head-first", TrainingOperations::headFirst);
    }

    private static Schedule schedule(JsonNode settings) {
        return Schedule.of(
                settings.get("steps").intValue(), settings.get("warm_up").doubleValue(), Schedule.Decay.LINEAR);
    }

    private static void optimizer(Exchange exchange) {
        JsonNode settings = exchange.settings();
        Schedule schedule = schedule(settings);
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
            Schedule schedule = schedule(settings);
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
        Schedule schedule = schedule(settings);
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

    private static void batches(Exchange exchange) {
        List<Object> runs = new ArrayList<>();
        for (JsonNode run : exchange.settings().get("runs")) {
            List<TrainingExample> train = new ArrayList<>();
            for (JsonNode length : run.get("lengths")) {
                int[] ids = new int[length.intValue()];
                train.add(new TrainingExample(
                        new TokenSequence(ids, new int[ids.length]), new Target.Category(train.size())));
            }
            TrainingConfig config = TrainingConfig.builder()
                    .batchSize(run.get("batch_size").intValue())
                    .batchTokens(run.get("batch_tokens").intValue())
                    .accumulate(run.get("accumulate").intValue())
                    .epochs(run.get("epochs").intValue())
                    .seed(Long.parseLong(run.get("seed").textValue()))
                    .build();
            try {
                runs.add(KitTraining.batches(train, config));
            } catch (LongExampleException e) {
                exchange.scalars().put("refused", "long-example");
                return;
            }
        }
        exchange.scalars().putPOJO("runs", runs);
    }

    private static void epochs(Exchange exchange) {
        int[] examples = exchange.in().get("examples").data().asInt();
        int[] batches = exchange.in().get("batch_sizes").data().asInt();
        int[] epochs = new int[examples.length];
        for (int i = 0; i < epochs.length; i++) {
            epochs[i] = TrainingDefaults.epochs(examples[i], batches[i]);
        }
        exchange.out().put("epochs", Nd4j.createFromArray(epochs));
    }

    private static List<TokenSequence> texts(JsonNode settings) {
        List<TokenSequence> texts = new ArrayList<>();
        for (JsonNode text : settings.get("tokens")) {
            int[] ids = new int[text.size()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = text.get(i).intValue();
            }
            texts.add(new TokenSequence(ids, new int[ids.length]));
        }
        return texts;
    }

    /**
     * What the head of a model without a pooler reads, by a head that is the identity; rounded, so that it is the same on any
     * machine.
     */
    static INDArray features(JsonNode settings) {
        Backend backend = Backends.standard();
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE, false);
        int width = weights.model().width();
        try (SequenceHead identity = new SequenceHead(weights, width, 0);
                AdaptedModel model = new AdaptedModel(
                        weights, SequenceObjective.of(identity, Loss.CROSS_ENTROPY, backend), backend)) {
            identity.parameters().get(0).value().assign(Nd4j.eye(width));
            INDArray features = Nd4j.createFromArray(model.predict(texts(settings)));
            return features.castTo(DataType.FLOAT).castTo(DataType.DOUBLE);
        }
    }

    /** On the model itself, which gives the features but for their rounding. */
    private static void headFirst(Exchange exchange) {
        JsonNode settings = exchange.settings();
        Backend backend = Backends.standard();
        List<TokenSequence> texts = texts(settings);
        double[] labels = exchange.in().get("labels").data().asDouble();
        int outputs = settings.get("outputs").intValue();
        List<TrainingExample> train = new ArrayList<>();
        for (int i = 0; i < labels.length; i++) {
            Target target = outputs == 1 ? new Target.Value(labels[i]) : new Target.Category((int) labels[i]);
            train.add(new TrainingExample(texts.get(i), target));
        }
        TrainingConfig config = TrainingConfig.builder()
                .headSteps(settings.get("steps").intValue())
                .headLearningRate(settings.get("learning_rate").doubleValue())
                .weightDecay(settings.get("weight_decay").doubleValue())
                .maxGradientNorm(settings.get("max_norm").doubleValue())
                .batchSize(settings.get("batch_size").intValue())
                .accumulate(settings.get("accumulate").intValue())
                .seed(Long.parseLong(settings.get("seed").textValue()))
                .build();
        Loss loss = outputs == 1 ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY;
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE, false);
        try (SequenceHead head = new SequenceHead(
                        weights,
                        outputs,
                        Long.parseLong(settings.get("head_seed").textValue()));
                AdapterSet adapters = AdapterSet.create(
                        LayerSelector.suffixes(List.of("query")).select(weights.linearLayers()),
                        LsrConfig.defaults(),
                        backend);
                AdaptedModel model =
                        new AdaptedModel(weights, adapters, SequenceObjective.of(head, loss, backend), backend)) {
            KitTraining.warmUpHead(model, config, train);
            for (Parameter parameter : head.parameters()) {
                exchange.out().put(parameter.name(), parameter.value().dup('c'));
            }
        }
    }
}
