package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lsradapt.data.Abstention;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.PredictionInputs;
import org.lsradapt.data.Table;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.finetuning.Prediction;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;

/** Answers that follow from one row of outputs per input: a class, a number or several labels. */
public class OutputPredictor extends Predictor {
    private final Function<List<Example>, double[][]> outputs;
    private final BiFunction<Example, double[], Prediction> answer;
    private final Reader reader;

    private OutputPredictor(
            Request request,
            Kind kind,
            Function<List<Example>, double[][]> outputs,
            BiFunction<Example, double[], Prediction> answer,
            Reader reader) {
        super(request, kind);
        this.outputs = outputs;
        this.answer = answer;
        this.reader = reader;
    }

    /** Reads a file of inputs. */
    @FunctionalInterface
    public interface Reader {
        /** Reads the file. */
        PredictionInputs read(Table file) throws IOException;
    }

    /** Returns a predictor of a model: inputs of a reader, a row of outputs of each, and the answer of a row. */
    public static Predictor of(
            Request request,
            Kind kind,
            Function<List<Example>, double[][]> outputs,
            BiFunction<Example, double[], Prediction> answer,
            Reader reader) {
        return new OutputPredictor(request, kind, outputs, answer, reader);
    }

    /** Returns a predictor of classes or numbers, which others can be averaged with, of files with the columns that the request names. */
    public static Predictor ofScores(
            Request request, SequenceModel model, TaskType type, Function<Table, LabelledData.FromFiles> files) {
        return new OfScores(request, type, files, model, model, () -> {});
    }

    /** Returns the inputs of a model. */
    public static Inputs inputsOf(ScoringModel model) {
        return model.readsImages()
                ? Inputs.IMAGES
                : model.pairs()
                        .map(pairs -> pairs ? Inputs.PAIRS : Inputs.TEXTS)
                        .orElse(Inputs.TEXTS_OR_PAIRS);
    }

    @Override
    public final List<Prediction> predict(List<Example> examples) throws IOException {
        try {
            return predictions(examples, outputs.apply(examples));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private List<Prediction> predictions(List<Example> examples, double[][] rows) {
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) {
            predictions.add(answer.apply(examples.get(i), rows[i]));
        }
        return predictions;
    }

    @Override
    public final Comparison compare(Table file) throws IOException {
        PredictionInputs texts = reader.read(file);
        double[][] rows = outputs.apply(texts.examples());
        List<Prediction> predictions = predictions(texts.examples(), rows);
        return texts.task()
                .map(task -> new Comparison(
                        predictions,
                        task.labelScores(texts.examples(), rows),
                        texts.evaluate(rows),
                        texts.resamples(rows),
                        notes(texts, rows)))
                .orElseGet(() -> new Comparison(predictions, Optional.empty(), Map.of(), Resamples.NONE, List.of()));
    }

    /** Returns sentences on the rows of a file with right answers. */
    List<String> notes(PredictionInputs texts, double[][] rows) {
        return texts.notes();
    }

    /** The classes or numbers of a model, which others can be averaged with. */
    private static final class OfScores extends OutputPredictor {
        private final TaskType type;
        private final Function<Table, LabelledData.FromFiles> files;
        private final SequenceModel first;
        private final Runnable closing;

        OfScores(
                Request request,
                TaskType type,
                Function<Table, LabelledData.FromFiles> files,
                ScoringModel model,
                SequenceModel first,
                Runnable closing) {
            super(
                    request,
                    new Kind("predicts a class or a number", type, inputsOf(model)),
                    model::outputs,
                    (example, row) -> prediction(model, first.leastProbability(), example, row),
                    file -> files.apply(file).inputs(model.task().labels()));
            this.type = type;
            this.files = files;
            this.first = first;
            this.closing = closing;
        }

        private static Prediction prediction(ScoringModel model, OptionalDouble least, Example example, double[] row) {
            List<String> labels = model.task().labels();
            if (labels.isEmpty()) {
                return new ValuePrediction(example, row[0]);
            }
            Classification classes = Classification.of(row, labels);
            return model.readsImages()
                    ? ClassPrediction.ofImage(example.first(), classes).from(least)
                    : ClassPrediction.ofText(example, classes).from(least);
        }

        @Override
        List<String> notes(PredictionInputs texts, double[][] rows) {
            OptionalDouble least = first.leastProbability();
            return least.isEmpty()
                    ? super.notes(texts, rows)
                    : Stream.concat(
                                    super.notes(texts, rows).stream(),
                                    Stream.of(Abstention.at(least.getAsDouble(), texts.examples(), rows)
                                            .describe()))
                            .toList();
        }

        @Override
        public void requireProbabilities() {
            Require.argument(
                    !first.task().labels().isEmpty(),
                    "--probabilities: the model predicts numbers, expected a classifier");
        }

        private static void requireAnswers(SequenceModel member) {
            Require.argument(
                    member.leastProbability().isEmpty(),
                    "found an adapter that abstains, among several that are averaged: its least probability does not hold"
                            + " for their mean; expected adapters that answer all inputs");
        }

        @Override
        public Predictor averaged(List<Path> others) throws IOException {
            try (CloseOnFailure opened = new CloseOnFailure()) {
                List<SequenceModel> loaded = Ensemble.load(others, first.base(), opened);
                Stream.concat(Stream.of(first), loaded.stream()).forEach(OfScores::requireAnswers);
                loaded.forEach(member -> {
                    member.passesLike(first);
                    member.calibratedLike(first);
                });
                List<SequenceModel> all =
                        Stream.concat(Stream.of(first), loaded.stream()).toList();
                return opened.release(new OfScores(
                        request(), type, files, Ensemble.of(all), first, () -> loaded.forEach(SequenceModel::close)));
            }
        }

        @Override
        public void close() {
            closing.run();
        }
    }
}
