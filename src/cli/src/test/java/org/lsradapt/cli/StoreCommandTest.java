package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;

class StoreCommandTest {
    @TempDir
    Path folder;

    @Test
    void store_addListGetRemoveCheck_doWhatTheySay() throws IOException {
        Path adapters = Files.createDirectory(folder.resolve("adapters"));
        try (BaseModel base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(folder.resolve("base")), 1)
                        .toString());
                TinyAdapter tiny = TinyAdapter.lsr()) {
            AdapterCard card = new AdapterCard(base.name(), base.modelType(), base.fingerprint(), tiny.card.task(), 16);
            AdapterFolder.save(adapters.resolve("ada"), card, tiny.adapters, tiny.head);
            AdapterFolder.save(adapters.resolve("ben"), card, tiny.adapters, tiny.head);
            tiny.save(adapters.resolve("foreign"));
        }
        String store = folder.resolve("users.store").toString();
        CommandLineRun add = CommandLineRun.of("store", "add", "--store", store, "--folders", adapters.toString());
        assertEquals(2, add.code());
        assertTrue(add.out().contains("refused key 'foreign': "), add.out());
        assertTrue(add.out().contains("put 2 adapters, 2 keys"), add.out());
        assertTrue(add.err().contains("refused 1 of 3 adapters"), add.err());
        CommandLineRun again = CommandLineRun.of("store", "add", "--store", store, "ada=" + adapters.resolve("ada"));
        assertEquals(0, again.code(), again.err());
        CommandLineRun list = CommandLineRun.of("store", "list", "--store", store);
        assertTrue(list.out().contains("ada  version 2 of ") && list.out().contains("ben  version 1 of "), list.out());
        Path out = folder.resolve("out");
        assertEquals(
                0,
                CommandLineRun.of("store", "get", "--store", store, "ben", "--out", out.toString())
                        .code());
        for (String file : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
            assertArrayEquals(
                    Files.readAllBytes(adapters.resolve("ben").resolve(file)), Files.readAllBytes(out.resolve(file)));
        }
        assertEquals(0, CommandLineRun.of("store", "check", "--store", store).code());
        assertEquals(0, CommandLineRun.of("store", "compact", "--store", store).code());
        assertEquals(
                0, CommandLineRun.of("store", "remove", "--store", store, "ben").code());
        CommandLineRun gone = CommandLineRun.of("store", "remove", "--store", store, "ben");
        assertEquals(2, gone.code());
        assertTrue(gone.err().contains("there is no key 'ben'"), gone.err());
        assertEquals(2, CommandLineRun.of("store").code());
    }
}
