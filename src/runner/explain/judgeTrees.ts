import { TreeExplainer, type TreeEnsemble, treePredictor } from "../../shap";
import { type JudgeChoice, type JudgeWork, judge } from "./judge";

type TreeJudgeWork = Omit<JudgeWork, "predictor" | "explainAgain">;

/** Scores values of trees against a background, which they are explained against again. @throws StoppedError. */
export function judgeTrees(judges: JudgeChoice, ensemble: TreeEnsemble, work: TreeJudgeWork): ReturnType<typeof judge> {
  return judge(judges, {
    ...work,
    predictor: treePredictor(ensemble),
    explainAgain: async (x, background, watch) =>
      (await new TreeExplainer(ensemble, background).shapValues(x, watch)).values,
  });
}
