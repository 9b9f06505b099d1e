package org.lsradapt.tasks.description;

import java.util.Optional;
import org.lsradapt.families.Family;

/** The prediction of next tokens. */
public record TextDescription(String name) implements TaskDescription {
    @Override
    public String kind() {
        return "text";
    }

    @Override
    public boolean generates() {
        return true;
    }

    @Override
    public String architecture(Family family) {
        return family.languageModel().orElseThrow();
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.of("text-generation", "AutoModelForCausalLM", "continues texts", "generate");
    }

    @Override
    public Optional<String> peftType() {
        return Optional.of("CAUSAL_LM");
    }
}
