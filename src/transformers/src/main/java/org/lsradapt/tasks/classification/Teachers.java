package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Teacher;
import org.lsradapt.lsr.internal.Require;

public final class Teachers {

    private Teachers() {}

    /** A classifier's outputs, in the order of the given labels; refuses a teacher with other classes or inputs. */
    static double[][] outputs(ScoringModel teacher, List<String> labels, List<Example> examples) {
        List<String> known = teacher.task().labels();
        Require.argument(
                teacher.task().averages(),
                "teacher: task %s gives a text any number of labels, expected a classifier of one",
                teacher.task().name());
        Require.argument(
                known.size() == labels.size() && new TreeSet<>(known).equals(new TreeSet<>(labels)),
                "teacher: found task %s with the classes %s, expected %s",
                teacher.task().name(),
                known,
                labels);
        int[] columns = labels.stream().mapToInt(known::indexOf).toArray();
        return Arrays.stream(teacher.outputs(examples))
                .map(row -> IntStream.of(columns).mapToDouble(c -> row[c]).toArray())
                .toArray(double[][]::new);
    }

    /**
     * Returns the outputs of the models of a teacher for examples, which the teacher keeps.
     *
     * @throws IllegalArgumentException if the models have different kinds of outputs, or cannot take such examples
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static RememberedOutputs answers(Teacher teacher, List<Example> examples) throws IOException {
        return teacher.kept(examples, folders -> {
            List<SequenceModel> models = new ArrayList<>();
            try {
                for (Path folder : folders) {
                    FineTunedModel loaded = FineTunedModel.load(folder);
                    if (!(loaded instanceof SequenceModel model)) {
                        loaded.close();
                        throw new IllegalArgumentException(
                                "teacher " + folder + ": expected a classifier of texts or images, or a reranker");
                    }
                    models.add(model);
                }
                return RememberedOutputs.of(Ensemble.of(models), examples);
            } finally {
                models.forEach(FineTunedModel::close);
            }
        });
    }
}
