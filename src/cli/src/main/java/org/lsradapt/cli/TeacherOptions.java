package org.lsradapt.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.ClassifierTraining;
import org.lsradapt.runs.Teacher;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options that name teachers and their weight. */
final class TeacherOptions {
    /** The options for classifiers; rerankers take only the first. */
    static final List<String> NAMES = List.of("--teacher", "--teacher-share", "--temperature");

    @Option(
            names = "--teacher",
            split = ",",
            paramLabel = "ADAPTER",
            showDefaultValue = Visibility.NEVER,
            description = "Learn from the outputs of these trained models: a classifier from their averaged"
                    + " probabilities in addition to the labels, a reranker from the margins of their averaged"
                    + " scores, an embedding model from the means of their unit vectors instead of the pairs.")
    @Names(Names.Use.INPUT)
    private List<Path> teachers = List.of();

    @Option(
            names = "--teacher-share",
            paramLabel = "SHARE",
            showDefaultValue = Visibility.NEVER,
            description = "With --teacher, classifiers: its share of the loss, above 0, up to 1. Default: "
                    + ClassifierTraining.TEACHER_SHARE + ".")
    private Double share;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            showDefaultValue = Visibility.NEVER,
            description = "With --teacher, classifiers: divides the logits that are compared. Default: "
                    + ClassifierTraining.TEMPERATURE + ".")
    private Double temperature;

    Optional<Teacher> teacher() {
        if (teachers.isEmpty()) {
            if (share != null || temperature != null) {
                throw new BadInput(
                        (share == null ? "--temperature" : "--teacher-share") + ": expected --teacher as well");
            }
            return Optional.empty();
        }
        return Optional.of(new Teacher(
                teachers,
                share == null ? ClassifierTraining.TEACHER_SHARE : share,
                temperature == null ? ClassifierTraining.TEMPERATURE : temperature));
    }
}
