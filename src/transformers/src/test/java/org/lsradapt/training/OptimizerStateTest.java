package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.optimizer.AdamW;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class OptimizerStateTest {

    private static Parameter parameter(double value, double gradient) {
        INDArray v = Nd4j.createFromArray(value).castTo(DataType.DOUBLE);
        INDArray g = Nd4j.createFromArray(gradient).castTo(DataType.DOUBLE);
        return new Parameter("p", v, g);
    }

    @Test
    void restore_parametersOfDifferentAges_goesOnToTheBit(@TempDir Path folder) throws IOException {
        CheckpointStore store = new FolderStore(folder);
        List<Parameter> ours = List.of(parameter(1, 0.5), parameter(2, -0.3));
        AdamW optimizer = AdamW.builder().build().add(ours.get(0), 0.1);
        optimizer.step();
        optimizer.add(ours.get(1), 0.1).step();
        store.write("state", out -> {
            StateWriter writer = new StateWriter(out);
            OptimizerState.keep(optimizer, writer);
            writer.finish();
        });
        List<Parameter> theirs = ours.stream()
                .map(p -> new Parameter("q", p.value().dup(), p.gradient().dup()))
                .toList();
        AdamW restored = AdamW.builder().build().addAll(theirs, 0.1);
        try (StateReader reader = StateReader.open(store, "state")) {
            OptimizerState.keep(restored, reader);
            reader.requireEnd();
        }
        for (int i = 0; i < 3; i++) {
            optimizer.step();
            restored.step();
        }
        for (int i = 0; i < 2; i++) {
            assertEquals(ours.get(i).value(), theirs.get(i).value());
        }
    }
}
