package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import org.lsradapt.console.BadInput;
import org.lsradapt.runs.AnswerRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.AnswerData;
import org.lsradapt.tasks.DataFormat;

/**
 * The task of questions about passages.
 *
 * @param layout the unit of offsets in the files
 */
record SpansTask(TokenOptions layout) implements DataTask {

    @Override
    public String name() {
        return AnswerData.NAME;
    }

    @Override
    public List<String> options() {
        return List.of("--train", "--dev", "--format", "--examples", "--offsets");
    }

    @Override
    public void check(DataOptions given) {
        given.requireOneFile();
        given.format().ifPresent(SpansTask::requireLines);
    }

    /** Throws unless the format is one from which questions are read. */
    static void requireLines(DataFormat format) {
        if (format != DataFormat.JSON_LINES) {
            throw new BadInput(
                    "--format " + format.label() + ": questions about passages are read from SQuAD's JSON, which"
                            + " needs no --format, or from json-lines");
        }
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        AnswerData.FromFile file = AnswerData.of(given.train()).offsets(layout.offsets());
        given.format().ifPresent(format -> file.jsonLines());
        given.dev().ifPresent(file::dev);
        return new AnswerRunData(name(), file.read());
    }
}
