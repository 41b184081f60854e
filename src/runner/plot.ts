import { Command } from "commander";

export function plotCommand(): Command {
  return new Command("plot");
}
