"""Golden values of learning from a teacher, by torch in float64. Run: python3 teacher.py > teacher.json

Cross-entropy of classes and the Kullback-Leibler divergence of soft labels, as Hinton et al. (arXiv 1503.02531) weigh them.
"""
import json

import torch
import torch.nn.functional as F

torch.manual_seed(20261128)
torch.set_default_dtype(torch.float64)


def rounded(tensor):
    return [[float(f"{x:.14g}") for x in row] for row in tensor.tolist()]


def case(share, temperature):
    outputs = torch.nn.Parameter(3 * torch.randn(6, 4))
    teacher = 3 * torch.randn(6, 4)
    with torch.no_grad():
        outputs[0, 1], teacher[2, 3] = 750.0, -820.0
    classes = torch.randint(0, 4, (6,))
    soft = F.kl_div(F.log_softmax(outputs / temperature, 1), F.log_softmax(teacher / temperature, 1),
                    reduction="batchmean", log_target=True)
    value = (1 - share) * F.cross_entropy(outputs, classes) + share * temperature ** 2 * soft
    value.backward()
    return {"share": share, "temperature": temperature, "outputs": rounded(outputs.detach()),
            "teacher": rounded(teacher), "classes": classes.tolist(), "loss": value.item(),
            "gradient": rounded(outputs.grad)}


print(json.dumps({"losses": [case(0.5, 2.0), case(1.0, 1.0), case(0.3, 5.0)]}))
