package org.lsradapt.springai;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A language model of a few thousand random parameters, with a chat template. */
final class ChatFolder {
    private static final Path LLAMA = Path.of("src/transformers/src/test/resources/golden/families/llama");

    private ChatFolder() {}

    static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(LLAMA)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                "{% for m in messages %}{% if m.role == 'system' and not loop.first %}"
                        + "{{ raise_exception('the system speaks first') }}{% endif %}"
                        + "{{ m.role }} {{ m.content }} {% endfor %}"
                        + "{% if add_generation_prompt %}assistant {% endif %}");
        return folder;
    }
}
