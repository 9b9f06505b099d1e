package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.lsradapt.io.internal.JsonFile;

/** Small models with their configurations, whole and with fields that are missing or elsewhere. */
final class FingerprintCases {
    private static final Path MODELS = Path.of("src", "transformers", "src", "test", "resources", "golden", "families");

    private FingerprintCases() {}

    static List<KitCase> all() {
        List<KitCase> cases = new ArrayList<>();
        for (String family : List.of(
                "bert", "bert-gelu-new", "roberta", "deberta-v3", "deberta-p2c-only", "llama", "llama-gqa-tied")) {
            cases.add(fingerprint(family, "", config -> {}));
        }
        // Without what a configuration need not say.
        cases.add(fingerprint(
                "bert", "-bare", config -> config.remove(List.of("layer_norm_eps", "hidden_act", "pad_token_id"))));
        cases.add(fingerprint(
                "roberta", "-bare", config -> config.remove(List.of("layer_norm_eps", "hidden_act", "pad_token_id"))));
        cases.add(fingerprint(
                "deberta-v3",
                "-bare",
                config -> config.remove(List.of("layer_norm_eps", "hidden_act", "share_att_key"))));
        cases.add(fingerprint(
                "llama",
                "-bare",
                config -> config.remove(List.of("rms_norm_eps", "hidden_act", "head_dim", "rope_parameters"))));
        cases.add(fingerprint("deberta-p2c-only", "-positions", config -> config.put("max_relative_positions", 12)));
        // The smallest number without an exponent.
        cases.add(fingerprint("bert", "-large-epsilon", config -> config.put("layer_norm_eps", 1e-3)));
        cases.add(fingerprint("bert", "-epsilon-of-ten-million", config -> config.put("layer_norm_eps", 1e7))
                .since(2));
        cases.add(fingerprint("bert", "-huge-epsilon", config -> config.put("layer_norm_eps", 12_345_678.9))
                .since(2));
        cases.add(fingerprint(
                        "llama",
                        "-theta-at-the-top",
                        config -> config.put("rope_theta", 1234.5)
                                .putNull("rope_scaling")
                                .putNull("rope_parameters"))
                .since(2));
        cases.add(fingerprint("llama", "-theta-in-scaling", config -> {
                    config.put("rope_theta", 77.7).putObject("rope_parameters").put("rope_theta", 99.9);
                    config.putObject("rope_scaling").put("rope_type", "default").put("rope_theta", 1234.5);
                })
                .since(2));
        cases.add(fingerprint("llama", "-theta-beside-scaling", config -> {
                    config.put("rope_theta", 1234.5)
                            .putObject("rope_parameters")
                            .put("rope_theta", 99.9);
                    config.putObject("rope_scaling").put("rope_type", "default");
                })
                .since(2));
        cases.add(fingerprint("llama", "-empty-scaling", config -> {
                    config.put("rope_theta", 77.7).putObject("rope_parameters").put("rope_theta", 1234.5);
                    config.putObject("rope_scaling");
                })
                .since(2));
        cases.add(fingerprint("deberta-v3", "-terms-as-text", config -> config.put("pos_att_type", "p2c|c2p"))
                .since(2));
        cases.add(fingerprint("deberta-p2c-only", "-terms-as-text", config -> config.put("pos_att_type", "p2c"))
                .since(2));
        return cases;
    }

    /** A model's files, with another configuration. */
    private static KitCase fingerprint(String family, String suffix, Consumer<ObjectNode> change) {
        return new KitCase("fingerprint-" + family + suffix, "fingerprint", "fingerprint")
                .scalars(0, "fingerprint", "texts")
                .files(folder -> {
                    for (String file : List.of("config.json", "model.safetensors")) {
                        Files.copy(MODELS.resolve(family).resolve(file), folder.resolve(file));
                    }
                    Path config = folder.resolve("config.json");
                    ObjectNode root = JsonFile.readObject(config);
                    change.accept(root);
                    Files.write(config, JsonFile.bytes(root));
                });
    }
}
