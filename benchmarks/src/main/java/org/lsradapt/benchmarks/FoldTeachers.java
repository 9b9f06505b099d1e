package org.lsradapt.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.RememberedOutputs;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Adapters that learn from teachers that did not see what they label. WordNet's training examples are divided into four
 * folds; a teacher, LSR of four terms, is trained on all but one of them, and its outputs for that one are what students
 * learn from. Settings are those of {@code docs/evidence/teacher.yaml}, where every teacher was trained on all examples
 * and their outputs are averaged.
 *
 * <p>Arguments: {@code OUT.csv SEEDS}, the seeds of the students, such as {@code 1,2,3}.
 */
final class FoldTeachers {
    private static final int FOLDS = 4;
    private static final int EPOCHS = 6;
    private static final double HELD_OUT = 0.1;
    private static final double TEACHER_RATE = 8e-3;

    /** α over r, as {@code finetune} has it. */
    private static final double LORA_SCALING = 4;

    /** As the teachers of {@code docs/evidence/teacher.yaml}. */
    private static final int FIRST_TEACHER_SEED = 5;

    private final Task task = Tasks.named("wordnet-10k");
    private final LabelledData data = task.load();
    private final BaseModel base;

    private FoldTeachers(BaseModel base) throws IOException {
        this.base = base;
    }

    /** Adapters and their learning rate. */
    private record Student(LsrConfig adapters, double rate) {}

    static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("folds: expected OUT.csv SEEDS");
        }
        try (BaseModel base = BaseModel.load("minilm", BasePrecision.BF16);
                PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])), true)) {
            FoldTeachers folds = new FoldTeachers(base);
            RememberedOutputs teachers = folds.teachers();
            out.println("method,seed,teachers,measured");
            out.printf("teachers,,,%.4f%n", folds.accuracy(teachers.outputs(folds.data.train()), folds.data.train()));
            Map<String, Student> students = new LinkedHashMap<>();
            students.put("lsr", new Student(LsrConfig.defaults(), 2e-3));
            students.put("lora:3", new Student(LsrConfig.lora(3, LORA_SCALING * 3), 4e-3));
            students.put("lora:8", new Student(LsrConfig.lora(8, LORA_SCALING * 8), 5e-4));
            for (String seed : args[1].split(",")) {
                for (Map.Entry<String, Student> each : students.entrySet()) {
                    Student student = each.getValue();
                    try (TextClassifier trained =
                            folds.train(student, Long.parseLong(seed), folds.data, Optional.of(teachers))) {
                        List<Example> all = folds.data.evaluation();
                        out.printf(
                                "%s,%s,folds,%.4f%n", each.getKey(), seed, folds.accuracy(trained.outputs(all), all));
                    }
                }
            }
        }
    }

    private RememberedOutputs teachers() throws IOException {
        LsrConfig adapters = LsrConfig.builder().separationRank(4).build();
        List<RememberedOutputs> teachers = new ArrayList<>();
        for (int fold = 0; fold < FOLDS; fold++) {
            LabelledData seen = LabelledData.of(task, fold(fold, false), List.of());
            Student teacher = new Student(adapters, TEACHER_RATE);
            try (TextClassifier trained = train(teacher, FIRST_TEACHER_SEED + fold, seen, Optional.empty())) {
                teachers.add(RememberedOutputs.of(trained, fold(fold, true)));
            }
        }
        return teachers.stream().reduce(RememberedOutputs::and).orElseThrow();
    }

    /** The training examples that are in a fold, or those that are not. */
    private List<Example> fold(int fold, boolean inside) {
        return IntStream.range(0, data.train().size())
                .filter(i -> (i % FOLDS == fold) == inside)
                .mapToObj(data.train()::get)
                .toList();
    }

    private TextClassifier train(
            Student student, long seed, LabelledData examples, Optional<RememberedOutputs> teachers)
            throws IOException {
        TrainingConfig config = FineTuning.defaultConfig(student.adapters).toBuilder()
                .epochs(EPOCHS)
                .learningRate(student.rate)
                .seed(seed)
                .build();
        TextClassifier.Training training = TextClassifier.on(base)
                .adapters(student.adapters.withSeed(seed))
                .config(config);
        teachers.ifPresent(training::teacher);
        return training.train(examples.holdOut(HELD_OUT, seed));
    }

    private double accuracy(double[][] outputs, List<Example> examples) {
        long right = IntStream.range(0, outputs.length)
                .filter(i -> IntStream.range(0, outputs[i].length)
                        .allMatch(
                                c -> outputs[i][c] <= outputs[i][examples.get(i).category()]))
                .count();
        return (double) right / outputs.length;
    }
}
