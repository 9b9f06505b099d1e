package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.TokenRunData;
import org.lsradapt.tasks.official.WordNetTokens;

/** Words of WordNet's definitions with tags, which need no files. */
record WordNetTokensTask() implements DataTask {

    @Override
    public String name() {
        return WordNetTokens.NAME;
    }

    @Override
    public List<String> options() {
        return List.of("--examples");
    }

    @Override
    public boolean isOwn() {
        return false;
    }

    @Override
    public void check(DataOptions given) {}

    @Override
    public RunData read(DataOptions given) throws IOException {
        return new TokenRunData(name(), WordNetTokens.read());
    }
}
