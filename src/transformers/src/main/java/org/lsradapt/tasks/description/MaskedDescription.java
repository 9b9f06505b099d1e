package org.lsradapt.tasks.description;

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
    public HubTask onHub(boolean ofImages) {
        return HubTask.STATES;
    }
}
