package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The stage of models on a device that is lost on the way. */
class LostDeviceIT {

    @Test
    void models_deviceThatIsLost_keepWhatPassedAndNameTheLaunch() {
        LostDriver driver = new LostDriver(5_000);
        GpuCheck.Stage stage = new GpuCheck(() -> driver).stage("models");
        long passed = stage.checks().stream()
                .filter(check -> (boolean) check.get("passed"))
                .count();
        assertTrue(passed > 0 && passed < stage.checks().size(), stage.toString());
        assertTrue(
                stage.lines().get(stage.lines().size() - 1).startsWith("the device was lost; started last: "),
                stage.lines().toString());
    }
}
