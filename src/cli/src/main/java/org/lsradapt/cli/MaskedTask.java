package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.MaskedLanguageModel;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.MaskedRunData;
import org.lsradapt.runs.RunData;
import picocli.CommandLine.Option;

/** The task of plain text with masked words to predict. */
final class MaskedTask implements DataTask {
    @Option(
            names = "--mask-rate",
            paramLabel = "SHARE",
            description = "masked: the share of tokens to hide, always whole words.")
    private double rate = MaskedLanguageModel.RATE;

    @Override
    public String name() {
        return "masked";
    }

    @Override
    public List<String> options() {
        return List.of("--train", "--dev", "--format", "--text", "--mask-rate");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.MASKED;
    }

    @Override
    public void check(DataOptions given) {
        given.requireFiles();
        given.requireTexts(1, 1);
        given.refuse(!(rate > 0 && rate < 1), "--mask-rate " + rate, "a share above 0 and below 1");
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        return new MaskedRunData(name(), given.plainTexts().inPassages().read(), rate);
    }
}
