package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.adapters.TinyAdapter.BACKEND;
import static org.lsradapt.adapters.TinyAdapter.FINGERPRINT;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.numerics.AdapterRounding;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Folders whose factors are not in FP32, of adapters of all kinds, with odd and even numbers of terms. */
class StoredPrecisionTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "FP16", "BF16", "INT8", "INT4"})
    void saved_inAPrecision_comesBackRoundedToIt(Precision precision) throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(SmallModel.BERT);
                AdapterSet rounded = AdapterRounding.of(tiny.adapters, precision)) {
            AdapterFolder.save(folder, tiny.card, tiny.adapters, tiny.head, precision);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    RestoredModel restored = RestoredModel.of(saved, tiny.encoder, "tiny", FINGERPRINT, BACKEND)) {
                assertEquals(precision, saved.storage());
                assertEquals(
                        0,
                        restored.adapters()
                                .orElseThrow()
                                .values()
                                .sub(rounded.values())
                                .normmaxNumber()
                                .doubleValue());
                double change = rounded.values()
                        .sub(tiny.adapters.values())
                        .normmaxNumber()
                        .doubleValue();
                assertTrue(precision == Precision.FP32 ? change == 0 : change > 1e-4, "rounded by " + change);
                assertEquals(
                        0,
                        restored.head()
                                .orElseThrow()
                                .values()
                                .sub(tiny.head.values())
                                .normmaxNumber()
                                .doubleValue());
            }
        }
    }

    @Test
    void saved_inFewerBits_isSmaller() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            Map<Precision, Long> bytes = new LinkedHashMap<>();
            for (Precision precision :
                    new Precision[] {Precision.FP32, Precision.FP16, Precision.INT8, Precision.INT4}) {
                Path into = folder.resolve(precision.label());
                AdapterFolder.save(into, tiny.card, tiny.adapters, tiny.head, precision);
                try (SafeTensors tensors = SafeTensors.open(into.resolve(TensorFile.FIRST))) {
                    long sum = 0;
                    for (String name : tensors.names()) {
                        INDArray array = tensors.readStored(name);
                        sum += name.contains("lsr_")
                                ? array.length() * array.dataType().width()
                                : 0;
                    }
                    bytes.put(precision, sum);
                }
            }
            assertTrue(bytes.get(Precision.FP16) < 0.6 * bytes.get(Precision.FP32), bytes::toString);
            assertTrue(bytes.get(Precision.INT8) < bytes.get(Precision.FP16), bytes::toString);
            assertTrue(bytes.get(Precision.INT4) < bytes.get(Precision.INT8), bytes::toString);
        }
    }

    @Test
    void load_damagedIntegers_isRefusedByName() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            String factor =
                    AdapterFolder.PREFIX + tiny.adapters.lsrAdapters().get(0).name() + ".lsr_A1";
            Map<String, INDArray> changes = new LinkedHashMap<>();
            changes.put(factor + FactorFormat.SCALE, Nd4j.ones(DataType.FLOAT, 2));
            changes.put(factor, Nd4j.ones(DataType.FLOAT, 2, 4, 2));
            for (Map.Entry<String, INDArray> change : changes.entrySet()) {
                Path into = folder.resolve("changed-" + change.getValue().rank());
                AdapterFolder.save(into, tiny.card, tiny.adapters, tiny.head, Precision.INT4);
                Path file = into.resolve(TensorFile.FIRST);
                Map<String, INDArray> arrays = new LinkedHashMap<>();
                try (SafeTensors tensors = SafeTensors.open(file)) {
                    for (String name : tensors.names()) {
                        arrays.put(name, tensors.readStored(name));
                    }
                }
                arrays.put(change.getKey(), change.getValue());
                TensorFile before = TensorFile.of(file);
                SafeTensors.write(file, arrays, Map.of());
                TensorFile after = TensorFile.of(file);
                Path config = into.resolve(AdapterConfigFile.NAME);
                Files.writeString(
                        config,
                        Files.readString(config)
                                .replace(before.crc32c(), after.crc32c())
                                .replace(": " + before.bytes(), ": " + after.bytes()));
                String message = assertThrows(IOException.class, () -> AdapterFolder.load(into))
                        .getMessage();
                assertTrue(message.contains("tensor '" + change.getKey() + "' is"), message);
            }
        }
    }

    @Test
    void save_whatCannotBeStored_isRefused() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> AdapterFolder.save(folder, tiny.card, tiny.adapters, tiny.head, Precision.FP8_E4M3))
                    .getMessage();
            assertTrue(message.contains("fp8-e4m3 is not supported"), message);
            tiny.adapters.values().putScalar(0, 1e6f);
            message = assertThrows(
                            IllegalArgumentException.class,
                            () -> AdapterFolder.save(folder, tiny.card, tiny.adapters, tiny.head, Precision.FP16))
                    .getMessage();
            assertTrue(message.endsWith("has numbers that are not finite in fp16"), message);
        }
    }
}
