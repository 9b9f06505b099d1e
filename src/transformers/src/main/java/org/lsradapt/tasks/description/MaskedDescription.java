package org.lsradapt.tasks.description;

import java.util.Optional;
import org.lsradapt.families.Family;

/** The prediction of hidden tokens by the base model's own head, which is not trained. */
public record MaskedDescription(String name) implements TaskDescription {
    @Override
    public String kind() {
        return "masked";
    }

    @Override
    public String summary() {
        return "hidden words";
    }

    @Override
    public boolean usesHiddenStates() {
        return true;
    }

    @Override
    public String architecture(Family family) {
        return family.baseClass();
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.STATES;
    }

    @Override
    public Optional<String> peftType() {
        return Optional.of(FEATURES);
    }
}
