package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.nd4j.linalg.api.buffer.DataType;

/** A golden folder, loaded and saved again, is the same files. */
class ResavedGoldenTest {

    @ParameterizedTest
    @ValueSource(strings = {"alone", "alone-int4"})
    void goldenFolder_savedAgain_hasTheSameBytes(String name, @TempDir Path again) throws IOException {
        Path folder =
                Path.of("src/transformers/src/test/resources/golden/adapters").resolve(name);
        try (SavedAdapter saved = AdapterFolder.load(folder);
                AdapterSet adapters = saved.adapters(AdaptersAloneTest.layers(DataType.FLOAT), TinyAdapter.BACKEND)) {
            AdapterFolder.save(again, adapters, saved.storage());
        }
        for (String file : new String[] {AdapterConfigFile.NAME, TensorFile.FIRST}) {
            assertEquals(-1, Files.mismatch(folder.resolve(file), again.resolve(file)), file);
        }
    }
}
